using System.Security.Cryptography;
using System.Text.RegularExpressions;
using NNTileLogger.Proxy.Files;

namespace NNTileLogger.Proxy.Access;

/// <summary>
/// The users of an htpasswd file with their bcrypt hashes, as <c>htpasswd -B</c> writes them. Never changed once made;
/// a changed file makes another. Any thread.
/// </summary>
internal sealed partial class PasswordFile
{
    // Each step doubles the work; at 16 a page would wait seconds for its first answer.
    private const int HighestCost = 15;

    private readonly Dictionary<string, string> _hashes;
    private readonly string _nobody;

    private PasswordFile(Dictionary<string, string> hashes)
    {
        _hashes = hashes;
        // A user who does not exist costs as much time as one who does, so that names cannot be found out.
        var likeOthers = hashes.Values.First();
        var cost = int.Parse(likeOthers.AsSpan(4, 2), System.Globalization.CultureInfo.InvariantCulture);
        _nobody = BCrypt.Net.BCrypt.HashPassword(RandomNumberGenerator.GetHexString(32), cost);
    }

    /// <summary>Makes it of the file's text.</summary>
    /// <exception cref="FileProblemException">A line is not a user, or there is none. No hash is part of the reason.</exception>
    public static PasswordFile Make(SourceFile file)
    {
        var hashes = new Dictionary<string, string>(StringComparer.Ordinal);
        var number = 0;
        foreach (var line in file.Text.Split('\n').Select(line => line.TrimEnd('\r')))
        {
            number++;
            if (line.Trim().Length == 0 || line.StartsWith('#'))
            {
                continue;
            }

            var colon = line.IndexOf(':', StringComparison.Ordinal);
            if (colon <= 0)
            {
                throw file.Problem($"line {number} is not a user name, a colon and a hash; make lines with: htpasswd -B FILE USER");
            }

            var (user, hash) = (line[..colon], line[(colon + 1)..].Trim());
            if (!Bcrypt().IsMatch(hash))
            {
                throw file.Problem($"line {number}, user {user}: the hash is not bcrypt's; make the line anew with: htpasswd -B FILE {user}");
            }

            if (int.Parse(hash.AsSpan(4, 2), System.Globalization.CultureInfo.InvariantCulture) > HighestCost)
            {
                throw file.Problem($"line {number}, user {user}: bcrypt's cost {hash[4..6]} would take seconds; make the line anew with 5 to {HighestCost}");
            }

            if (!hashes.TryAdd(user, hash))
            {
                throw file.Problem($"line {number}: user {user} is there already; keep one of the two lines");
            }
        }

        return hashes.Count > 0
            ? new PasswordFile(hashes)
            : throw file.Problem("there is no user in it; add one with: htpasswd -B FILE USER");
    }

    /// <summary>Whether this is a user and its password. Takes bcrypt's time either way.</summary>
    public bool Verify(string user, string password)
    {
        var isKnown = _hashes.TryGetValue(user, out var hash);
        return BCrypt.Net.BCrypt.Verify(password, isKnown ? hash : _nobody) && isKnown;
    }

    public override string ToString() => _hashes.Count == 1 ? "1 user" : $"{_hashes.Count} users";

    [GeneratedRegex(@"^\$2[aby]\$\d\d\$[./A-Za-z0-9]{53}$")]
    private static partial Regex Bcrypt();
}
