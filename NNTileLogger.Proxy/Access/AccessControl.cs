using NNTileLogger.Proxy.Files;

namespace NNTileLogger.Proxy.Access;

/// <summary>
/// Decides whether a request may pass, by PROXY_AUTH_FILE and PROXY_TOKEN_FILE as they are now. One for the program,
/// asked by <see cref="AccessGate"/> on any thread.
/// </summary>
internal sealed class AccessControl(ReloadedFile<PasswordFile>? passwords, ReloadedFile<TokenFile>? tokens, TimeProvider time) : IDisposable
{
    private readonly VerifiedCredentials _verified = new(time);

    // bcrypt is all work: those who guess must leave a processor to those who are signed in.
    private readonly SemaphoreSlim _bcrypt = new(Math.Max(1, Environment.ProcessorCount / 2));

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

    public async ValueTask<bool> VerifyAsync(Credentials credentials, CancellationToken cancellation)
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

        await _bcrypt.WaitAsync(cancellation);
        try
        {
            // A browser sends several requests at once: the first of them may have been verified meanwhile.
            var file = passwords.Current;
            if (_verified.Knows(credentials, file))
            {
                return true;
            }

            var isRight = await Task.Run(() => file.Verify(credentials.User, credentials.Secret), CancellationToken.None);
            if (isRight)
            {
                _verified.Remember(credentials, file);
            }

            return isRight;
        }
        finally
        {
            _bcrypt.Release();
        }
    }

    public void Dispose() => _bcrypt.Dispose();
}
