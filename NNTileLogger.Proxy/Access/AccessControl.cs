using System.Net;
using NNTileLogger.Proxy.Files;

namespace NNTileLogger.Proxy.Access;

/// <summary>
/// Decides whether a request may pass, by PROXY_AUTH_FILE and PROXY_TOKEN_FILE as they are now. One for the program,
/// asked by <see cref="AccessGate"/> on any thread.
/// </summary>
internal sealed class AccessControl(ReloadedFile<PasswordFile>? passwords, ReloadedFile<TokenFile>? tokens, TimeProvider time) : IDisposable
{
    private readonly VerifiedCredentials _verified = new(time);
    private readonly CheckTurns _turns = new();

    public bool IsOn => passwords is not null || tokens is not null;

    /// <summary>How a client is told to prove itself, a header value each.</summary>
    public string[] Challenges =>
    [
        .. passwords is null ? (string[])[] : ["Basic realm=\"NNTile logger\", charset=\"UTF-8\""],
        .. tokens is null ? (string[])[] : ["Bearer realm=\"NNTile logger\""],
    ];

    /// <summary>What to do, for a person or a script that is not let in.</summary>
    public string Advice => (passwords, tokens) switch
    {
        (not null, not null) => "Sign in with a user name and password of PROXY_AUTH_FILE, or send Authorization: Bearer with a token of PROXY_TOKEN_FILE.",
        (not null, null) => "Sign in with a user name and password of PROXY_AUTH_FILE.",
        _ => "Send the header Authorization: Bearer with a token of PROXY_TOKEN_FILE; for browsers, set PROXY_AUTH_FILE.",
    };

    public async ValueTask<bool> VerifyAsync(Credentials credentials, IPAddress address, CancellationToken cancellation)
    {
        if (credentials.User is null)
        {
            return tokens?.Current.Verify(credentials.Secret) ?? false;
        }

        if (passwords is null)
        {
            return false;
        }

        if (_verified.Knows(credentials, passwords.Current))
        {
            return true;
        }

        return await _turns.RunAsync(address, () => Check(credentials), cancellation);
    }

    public void Dispose() => _turns.Dispose();

    private bool Check(Credentials credentials)
    {
        // A browser sends several requests at once: the first of them may have been verified meanwhile.
        var file = passwords!.Current;
        if (_verified.Knows(credentials, file))
        {
            return true;
        }

        var isRight = file.Verify(credentials.User!, credentials.Secret);
        if (isRight)
        {
            _verified.Remember(credentials, file);
        }

        return isRight;
    }
}
