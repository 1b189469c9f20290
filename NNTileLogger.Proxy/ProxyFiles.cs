using NNTileLogger.Proxy.Access;
using NNTileLogger.Proxy.Certificates;
using NNTileLogger.Proxy.Files;
using NNTileLogger.ServiceDefaults;

namespace NNTileLogger.Proxy;

/// <summary>Every file that the variables name, loaded once at start and looked after from then on.</summary>
/// <param name="Certificate">The certificate and its key.</param>
/// <param name="Clients">Authorities of clients; null where none are asked for.</param>
/// <param name="Passwords">Users; null where no passwords are asked for.</param>
/// <param name="Tokens">Tokens; null where there are none.</param>
internal sealed record ProxyFiles(
    ReloadedFile<ServerCertificate> Certificate,
    ReloadedFile<ClientAuthorities>? Clients,
    ReloadedFile<PasswordFile>? Passwords,
    ReloadedFile<TokenFile>? Tokens)
{
    public IEnumerable<ReloadedFile> All => new ReloadedFile?[] { Certificate, Clients, Passwords, Tokens }.OfType<ReloadedFile>();

    /// <summary>Loads them.</summary>
    /// <exception cref="StartupException">Some cannot be used; the message lists them all.</exception>
    public static ProxyFiles Load(ProxyOptions options, TimeProvider time)
    {
        var errors = new List<string>();
        var certificate = Try(() => new ReloadedFile<ServerCertificate>(
            files => ServerCertificate.Make(files[0], files[1], options.KeyPassword, time),
            time,
            ("TLS_CERT_FILE", options.CertificateFile),
            ("TLS_KEY_FILE", options.KeyFile)));
        var clients = TryOne("TLS_CLIENT_CA_FILE", options.ClientAuthorityFile, ClientAuthorities.Make);
        var passwords = TryOne("PROXY_AUTH_FILE", options.PasswordFile, PasswordFile.Make);
        var tokens = TryOne("PROXY_TOKEN_FILE", options.TokenFile, TokenFile.Make);
        return errors.Count == 0
            ? new ProxyFiles(certificate!, clients, passwords, tokens)
            : throw new StartupException(string.Join('\n', errors));

        ReloadedFile<T>? TryOne<T>(string variable, string path, Func<SourceFile, T> make)
            where T : class
            => path.Length == 0 ? null : Try(() => new ReloadedFile<T>(files => make(files[0]), time, (variable, path)));

        T? Try<T>(Func<T> load)
            where T : class
        {
            try
            {
                return load();
            }
            catch (FileProblemException e)
            {
                errors.Add(LogText.Escape(e.Message));
                return null;
            }
        }
    }
}
