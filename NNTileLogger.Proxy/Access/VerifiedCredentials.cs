using System.Security.Cryptography;
using System.Text;

namespace NNTileLogger.Proxy.Access;

/// <summary>
/// Remembers which users proved themselves a while ago, so that the hundred requests of a page cost one bcrypt. Keeps
/// no password, only a keyed hash. Any thread.
/// </summary>
internal sealed class VerifiedCredentials(TimeProvider time)
{
    /// <summary>After so long a password is checked again.</summary>
    public static readonly TimeSpan Memory = TimeSpan.FromMinutes(10);

    private readonly Lock _gate = new();
    private readonly byte[] _key = RandomNumberGenerator.GetBytes(32);
    private readonly Dictionary<string, DateTimeOffset> _until = [];
    private PasswordFile? _file;

    public bool Knows(Credentials credentials, PasswordFile file)
    {
        var hash = Hash(credentials);
        lock (_gate)
        {
            return ReferenceEquals(file, _file) && _until.TryGetValue(hash, out var until) && time.GetUtcNow() < until;
        }
    }

    /// <summary>Remembers; a changed file makes all earlier ones forgotten. There are never more than the file has users.</summary>
    public void Remember(Credentials credentials, PasswordFile file)
    {
        var hash = Hash(credentials);
        lock (_gate)
        {
            if (!ReferenceEquals(file, _file))
            {
                _file = file;
                _until.Clear();
            }

            _until[hash] = time.GetUtcNow() + Memory;
        }
    }

    // User names hold no colon.
    private string Hash(Credentials credentials) =>
        Convert.ToHexString(HMACSHA256.HashData(_key, Encoding.UTF8.GetBytes($"{credentials.User}:{credentials.Secret}")));
}
