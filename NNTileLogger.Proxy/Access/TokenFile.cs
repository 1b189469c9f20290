using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using NNTileLogger.Proxy.Files;

namespace NNTileLogger.Proxy.Access;

/// <summary>
/// The bearer tokens of a file, one a line, so that an old and a new one can hold side by side. Only their hashes are
/// kept. Never changed once made. Any thread.
/// </summary>
internal sealed partial class TokenFile
{
    private const int ShortestToken = 16;

    private readonly byte[][] _hashes;

    private TokenFile(byte[][] hashes) => _hashes = hashes;

    /// <summary>Makes it of the file's text.</summary>
    /// <exception cref="FileProblemException">A line is not a token, or there is none. No token is part of the reason.</exception>
    public static TokenFile Make(SourceFile file)
    {
        var hashes = new List<byte[]>();
        var number = 0;
        foreach (var line in file.Text.Split('\n').Select(line => line.Trim()))
        {
            number++;
            if (line.Length == 0 || line.StartsWith('#'))
            {
                continue;
            }

            if (line.Length < ShortestToken || !Token().IsMatch(line))
            {
                throw file.Problem(
                    $"line {number} is not a token of {ShortestToken} or more letters, digits and -._~+/=; make one with: openssl rand -hex 32");
            }

            hashes.Add(Hash(line));
        }

        return hashes.Count > 0
            ? new TokenFile([.. hashes])
            : throw file.Problem("there is no token in it; make one with: openssl rand -hex 32");
    }

    /// <summary>Whether this is one of the tokens; takes the same time whatever it has in common with one.</summary>
    public bool Verify(string token)
    {
        var hash = Hash(token);
        var isOne = false;
        foreach (var one in _hashes)
        {
            isOne |= CryptographicOperations.FixedTimeEquals(one, hash);
        }

        return isOne;
    }

    public override string ToString() => _hashes.Length == 1 ? "1 token" : $"{_hashes.Length} tokens";

    private static byte[] Hash(string token) => SHA256.HashData(Encoding.UTF8.GetBytes(token));

    [GeneratedRegex("^[-A-Za-z0-9._~+/]+=*$")]
    private static partial Regex Token();
}
