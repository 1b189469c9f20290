using System.Text.RegularExpressions;
using NNTileLogger.Proxy.Files;

namespace NNTileLogger.Proxy.Certificates;

/// <summary>Tells what is wrong with a PEM file before it is read: the library passes over what it does not know. Any thread.</summary>
internal static partial class PemText
{
    /// <summary>Checks that every block is whole and that there is one of a kind that is wanted.</summary>
    /// <param name="file">The file.</param>
    /// <param name="labels">The kinds wanted, as PEM names them.</param>
    /// <exception cref="FileProblemException">It is not so.</exception>
    public static void CheckWhole(SourceFile file, params string[] labels)
    {
        var begun = Labels(file.Text, "BEGIN");
        var ended = Labels(file.Text, "END");
        if (begun.Length == 0)
        {
            throw file.Problem(
                file.Text.Trim().Length == 0
                    ? "it is empty; write the file again"
                    : $"it is not PEM (no line -----BEGIN {labels[0]}-----); convert it with openssl");
        }

        if (!begun.SequenceEqual(ended))
        {
            throw file.Problem("it is cut: a block has no end; copy it again");
        }

        if (!begun.Any(labels.Contains))
        {
            throw file.Problem(
                $"there is no {labels[0]} in it, only {string.Join(", ", begun.Distinct())}; are TLS_CERT_FILE and TLS_KEY_FILE the wrong way round?");
        }
    }

    /// <summary>How many blocks of a kind there are.</summary>
    public static int Count(SourceFile file, string label) => Labels(file.Text, "BEGIN").Count(label.Equals);

    private static string[] Labels(string text, string edge) =>
        [.. Edge().Matches(text).Where(match => match.Groups[1].Value == edge).Select(match => match.Groups[2].Value)];

    [GeneratedRegex(@"^-----(BEGIN|END) ([A-Z0-9 ]{1,40})-----\s*$", RegexOptions.Multiline)]
    private static partial Regex Edge();
}
