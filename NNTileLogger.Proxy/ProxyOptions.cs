using System.Net;
using System.Net.Sockets;
using NNTileLogger.ServiceDefaults;

namespace NNTileLogger.Proxy;

/// <summary>The proxy's variables, as README's table lists them. Read once at start.</summary>
internal sealed record ProxyOptions
{
    private const int KiB = 1 << 10;
    private const int MiB = 1 << 20;
    private const int Hour = 3600;

    /// <summary>TLS_CERT_FILE: the certificate and its chain, PEM.</summary>
    public string CertificateFile { get; init; } = "";

    /// <summary>TLS_KEY_FILE: the certificate's private key, PEM.</summary>
    public string KeyFile { get; init; } = "";

    /// <summary>TLS_KEY_PASSWORD: opens an encrypted key; never shown.</summary>
    public string KeyPassword { get; init; } = "";

    /// <summary>TLS_HOST: the address to listen on; all by default.</summary>
    public IPAddress Address { get; init; } = Socket.OSSupportsIPv6 ? IPAddress.IPv6Any : IPAddress.Any;

    /// <summary>TLS_PORT: https.</summary>
    public int Port { get; init; } = 6443;

    /// <summary>TLS_HSTS: browsers are told to use https only for this host name, on every port.</summary>
    public bool Hsts { get; init; }

    /// <summary>TLS_CLIENT_CA_FILE: only clients with a certificate of these authorities are let in; empty means all.</summary>
    public string ClientAuthorityFile { get; init; } = "";

    /// <summary>PROXY_AUTH_FILE: users and their bcrypt hashes; empty means no passwords.</summary>
    public string PasswordFile { get; init; } = "";

    /// <summary>PROXY_TOKEN_FILE: bearer tokens; empty means none.</summary>
    public string TokenFile { get; init; } = "";

    /// <summary>TENSORBOARD_URL: where TensorBoard answers.</summary>
    public Uri TensorBoard { get; init; } = new("http://localhost:6006");

    /// <summary>LIVE_URL: where the ingest service's page answers.</summary>
    public Uri Live { get; init; } = new("http://localhost:5002");

    /// <summary>PROXY_MAX_CONNECTIONS: connections open at once; further ones are closed.</summary>
    public int MaxConnections { get; init; } = 4000;

    /// <summary>PROXY_MAX_HEADER_KB: all headers of a request together.</summary>
    public int MaxHeaderBytes { get; init; } = 32 * KiB;

    /// <summary>PROXY_MAX_BODY_MB: the body of a request.</summary>
    public long MaxBodyBytes { get; init; } = 64 * MiB;

    /// <summary>PROXY_MIN_BYTES_PER_SECOND: a client that sends or takes a body more slowly, on average, is cut off; five seconds are free.</summary>
    public int MinBytesPerSecond { get; init; } = 1024;

    /// <summary>PROXY_HANDSHAKE_SECONDS: a client's time for the TLS handshake.</summary>
    public TimeSpan HandshakeTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>PROXY_HEADER_SECONDS: a client's time to send a request's headers.</summary>
    public TimeSpan HeaderTimeout { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>PROXY_KEEP_ALIVE_SECONDS: a connection without a request is kept so long.</summary>
    public TimeSpan KeepAlive { get; init; } = TimeSpan.FromSeconds(120);

    /// <summary>PROXY_IDLE_SECONDS: an answer of which no byte moves is given up after so long; not event streams and WebSockets.</summary>
    public TimeSpan Idle { get; init; } = TimeSpan.FromSeconds(600);

    /// <summary>Where the running proxy says on this machine how it is.</summary>
    public Uri HealthAddress
    {
        get
        {
            var isEverywhere = Address.Equals(IPAddress.Any) || Address.Equals(IPAddress.IPv6Any);
            return new UriBuilder(Uri.UriSchemeHttps, isEverywhere ? "localhost" : Address.ToString(), Port, "/health").Uri;
        }
    }

    /// <summary>Reads the variables.</summary>
    /// <exception cref="StartupException">Some are wrong; the message lists them all.</exception>
    public static ProxyOptions Read(IConfiguration configuration)
    {
        var defaults = new ProxyOptions();
        var variables = new VariableReader(configuration);
        var options = new ProxyOptions
        {
            CertificateFile = PathOf("TLS_CERT_FILE"),
            KeyFile = PathOf("TLS_KEY_FILE"),
            KeyPassword = variables.Text("TLS_KEY_PASSWORD", ""),
            Address = variables.Address("TLS_HOST", defaults.Address),
            Port = variables.Port("TLS_PORT", defaults.Port),
            Hsts = variables.Flag("TLS_HSTS", defaults.Hsts),
            ClientAuthorityFile = PathOf("TLS_CLIENT_CA_FILE"),
            PasswordFile = PathOf("PROXY_AUTH_FILE"),
            TokenFile = PathOf("PROXY_TOKEN_FILE"),
            TensorBoard = variables.HttpAddress("TENSORBOARD_URL", defaults.TensorBoard),
            Live = variables.HttpAddress("LIVE_URL", defaults.Live),
            MaxConnections = (int)variables.Whole("PROXY_MAX_CONNECTIONS", defaults.MaxConnections, 1, 1_000_000),
            MaxHeaderBytes = (int)variables.Whole("PROXY_MAX_HEADER_KB", defaults.MaxHeaderBytes / KiB, 8, 1024) * KiB,
            MaxBodyBytes = variables.Whole("PROXY_MAX_BODY_MB", defaults.MaxBodyBytes / MiB, 1, 1 << 20) * MiB,
            MinBytesPerSecond = (int)variables.Whole("PROXY_MIN_BYTES_PER_SECOND", defaults.MinBytesPerSecond, 1, 1 << 30),
            HandshakeTimeout = Seconds("PROXY_HANDSHAKE_SECONDS", defaults.HandshakeTimeout),
            HeaderTimeout = Seconds("PROXY_HEADER_SECONDS", defaults.HeaderTimeout),
            KeepAlive = Seconds("PROXY_KEEP_ALIVE_SECONDS", defaults.KeepAlive),
            Idle = Seconds("PROXY_IDLE_SECONDS", defaults.Idle),
        };
        string[] errors = [.. variables.Errors, .. options.MissingPair()];
        return errors.Length == 0 ? options : throw new StartupException(string.Join('\n', errors));

        string PathOf(string name) => variables.Text(name, "") is { Length: > 0 } path ? Path.GetFullPath(path) : "";

        TimeSpan Seconds(string name, TimeSpan fallback) =>
            TimeSpan.FromSeconds(variables.Whole(name, (long)fallback.TotalSeconds, 1, 24 * Hour));
    }

    private IEnumerable<string> MissingPair() => (CertificateFile, KeyFile) switch
    {
        ("", "") =>
        [
            "TLS_CERT_FILE and TLS_KEY_FILE are not set: name a certificate and its key (PEM). One to try things with: "
            + "openssl req -x509 -newkey rsa:4096 -keyout key.pem -out cert.pem -days 365 -nodes -subj \"/CN=localhost\"",
        ],
        (_, "") => [$"TLS_KEY_FILE is not set, but TLS_CERT_FILE={CertificateFile} is: name the certificate's private key as well."],
        ("", _) => [$"TLS_CERT_FILE is not set, but TLS_KEY_FILE={KeyFile} is: name the key's certificate as well."],
        _ => [],
    };
}
