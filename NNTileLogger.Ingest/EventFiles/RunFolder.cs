using System.Globalization;
using System.Text;

namespace NNTileLogger.Ingest.EventFiles;

/// <summary>
/// Names as folders: slashes make sub-folders, and what a path cannot hold, or what would be taken for a file of ours,
/// is escaped as in a URL, so that the name can be read back. Pure functions.
/// </summary>
internal static class RunFolder
{
    private const int LongestPart = 255;
    private const int LongestKept = 200;

    // In the session's own directory alone.
    private static readonly string[] _reserved =
    [
        LogDirectory.SessionFile, LogDirectory.SessionFile + SideFile.TemporarySuffix,
        LogDirectory.StepsFile, LogDirectory.StepsFile + SideFile.TemporarySuffix,
    ];

    /// <summary>The folder of a name; <see cref="Unescape"/> is the way back.</summary>
    public static string Escape(string name)
    {
        var folder = new StringBuilder(name.Length);
        var part = new StringBuilder();
        for (var i = 0; i < name.Length; i++)
        {
            var c = name[i];
            if (c == '/' && part.Length > 0 && i + 1 < name.Length)
            {
                AppendPart(folder, part);
                folder.Append('/');
            }
            else if (c == '/' || char.IsControl(c) || (c == '%' && ReadsAsEscape(name, i)))
            {
                AppendEscaped(part, c);
            }
            else
            {
                part.Append(c);
            }
        }

        AppendPart(folder, part);
        return folder.ToString();
    }

    /// <summary>The name of a folder that was not shortened.</summary>
    public static string Unescape(string folder)
    {
        var bytes = new List<byte>(folder.Length);
        Span<byte> utf8 = stackalloc byte[4];
        for (var i = 0; i < folder.Length;)
        {
            if (folder[i] == '%' && ReadsAsEscape(folder, i))
            {
                bytes.Add(byte.Parse(folder.AsSpan(i + 1, 2), NumberStyles.HexNumber, CultureInfo.InvariantCulture));
                i += 3;
                continue;
            }

            var rune = Rune.GetRuneAt(folder, i);
            bytes.AddRange(utf8[..rune.EncodeToUtf8(utf8)]);
            i += rune.Utf16SequenceLength;
        }

        return Encoding.UTF8.GetString([.. bytes]);
    }

    /// <summary>True where a system takes the folder: no part over 255 bytes, not too long as a whole.</summary>
    public static bool Fits(string folder, int longest) =>
        Encoding.UTF8.GetByteCount(folder) <= longest
        && folder.Split('/').All(part => Encoding.UTF8.GetByteCount(part) <= LongestPart);

    /// <summary>Cuts what is too long and appends a hash of the whole name, with which nothing else is confused.</summary>
    public static string Shorten(string folder, string hash, int longest)
    {
        var suffix = '~' + hash;
        var parts = folder.Split('/').Select(part => Cut(part, LongestPart)).ToArray();
        parts[^1] = Cut(parts[^1], LongestPart - suffix.Length) + suffix;
        var shortened = string.Join('/', parts);
        return Encoding.UTF8.GetByteCount(shortened) <= longest
            ? shortened
            : Cut(folder.Replace('/', '_'), Math.Clamp(longest - suffix.Length, 0, LongestKept)) + suffix;
    }

    private static void AppendPart(StringBuilder folder, StringBuilder part)
    {
        var text = part.ToString();
        part.Clear();
        if (text is "." or ".." || (folder.Length == 0 && _reserved.Contains(text, StringComparer.Ordinal)))
        {
            AppendEscaped(folder, text[0]);
            folder.Append(text.AsSpan(1));
        }
        else
        {
            folder.Append(text.Replace(EventFileNaming.Word, $"%{(int)EventFileNaming.Word[0]:X2}{EventFileNaming.Word[1..]}", StringComparison.Ordinal));
        }
    }

    private static void AppendEscaped(StringBuilder to, char c)
    {
        Span<byte> utf8 = stackalloc byte[4];
        var length = new Rune(c).EncodeToUtf8(utf8);
        foreach (var b in utf8[..length])
        {
            to.Append('%').Append(b.ToString("X2", CultureInfo.InvariantCulture));
        }
    }

    private static bool ReadsAsEscape(string text, int at) =>
        at + 2 < text.Length && char.IsAsciiHexDigit(text[at + 1]) && char.IsAsciiHexDigit(text[at + 2]);

    private static string Cut(string part, int longest)
    {
        var bytes = 0;
        var end = 0;
        foreach (var rune in part.EnumerateRunes())
        {
            bytes += rune.Utf8SequenceLength;
            if (bytes > longest)
            {
                break;
            }

            end += rune.Utf16SequenceLength;
        }

        return part[..end];
    }
}
