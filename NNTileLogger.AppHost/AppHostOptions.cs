using System.Net;
using Microsoft.Extensions.Configuration;

namespace NNTileLogger.AppHost;

/// <summary>
/// The variables that shape what the AppHost starts, read once by <see cref="Read"/> before anything is built.
/// Wrong values do not throw: they are collected in <see cref="Errors"/>, so that all are told at once.
/// </summary>
internal sealed class AppHostOptions
{
    /// <summary>Variables of the ingest service that the AppHost hands on as they are; the service checks them itself.</summary>
    public static readonly IReadOnlyList<string> HandedOn =
    [
        "HTTP_HOST", "SPLIT_HOURS", "CLEAR_LOGS", "MAX_LINE_MB", "LINE_BUFFER_MB", "MAX_OPEN_FILES", "BUFFER_MB",
        "MAX_CONNECTIONS", "MAX_SERIES", "ALLOWED_CLIENTS", "DATA_PROVIDER_HOST", "DATA_PROVIDER_MEMORY_MB", "TZ",
    ];

    /// <summary>Files by which the proxy asks people who they are.</summary>
    private static readonly string[] _accessFiles = ["TLS_CLIENT_CA_FILE", "PROXY_AUTH_FILE", "PROXY_TOKEN_FILE"];

    /// <summary>Files of the proxy, whose paths mean the folder the command was typed in.</summary>
    public static readonly IReadOnlyList<string> ProxyFileNames = [Certificate, Key, .. _accessFiles];

    /// <summary>Variables of the proxy that the AppHost hands on as they are; the service checks them itself.</summary>
    public static readonly IReadOnlyList<string> HandedOnToProxy =
    [
        "TLS_HOST", "TLS_HSTS", "PROXY_MAX_CONNECTIONS", "PROXY_MAX_HEADER_KB", "PROXY_MAX_BODY_MB",
        "PROXY_MIN_BYTES_PER_SECOND",
        "PROXY_HANDSHAKE_SECONDS", "PROXY_HEADER_SECONDS", "PROXY_KEEP_ALIVE_SECONDS", "PROXY_IDLE_SECONDS", "TZ",
    ];

    /// <summary>TLS_PORT where nothing else is said.</summary>
    public const int TlsPortDefault = 6443;

    /// <summary>TENSORBOARD_FEED: from the ingest service.</summary>
    public const string LiveFeed = "grpc";

    /// <summary>TENSORBOARD_FEED: from its files.</summary>
    public const string FileFeed = "files";

    private const string Certificate = "TLS_CERT_FILE";
    private const string Key = "TLS_KEY_FILE";
    private const string Password = "TLS_KEY_PASSWORD";
    private const int MostSamples = 1_000_000_000;

    /// <summary>LOG_DIR: where sessions and event files live; absolute once read.</summary>
    public string LogDir { get; init; } = "logs";

    /// <summary>SERVER_PORT: where training programs connect; null (written 0) is any free port.</summary>
    public int? ServerPort { get; init; } = 5001;

    /// <summary>HTTP_PORT: the ingest service's own HTTP; null (written 0) is any free port.</summary>
    public int? HttpPort { get; init; } = 5002;

    /// <summary>TENSORBOARD_PORT: TensorBoard's pages; null (written 0) is any free port.</summary>
    public int? TensorBoardPort { get; init; } = 6006;

    /// <summary>TENSORBOARD_SAMPLES: points TensorBoard keeps of each curve; 0 keeps all.</summary>
    public int TensorBoardSamples { get; init; } = 10_000;

    /// <summary>DATA_PROVIDER_PORT: where TensorBoard reads from the ingest service; null (written 0) is any free port.</summary>
    public int? DataProviderPort { get; init; } = 5003;

    /// <summary>TENSORBOARD_FEED: whether TensorBoard reads from the ingest service (grpc) or from its files (files).</summary>
    public bool IsFeedLive { get; init; } = true;

    /// <summary>TENSORBOARD_PYTHON: an interpreter that has TensorBoard already; null makes a virtual environment.</summary>
    public string? TensorBoardPython { get; init; }

    /// <summary>TENSORBOARD_HOST: the address TensorBoard listens on; null is all, or loopback where the proxy asks people who they are.</summary>
    public IPAddress? TensorBoardHost { get; init; }

    /// <summary>TLS_PORT: https, where TLS is configured; null (written 0) is any free port.</summary>
    public int? TlsPort { get; init; } = TlsPortDefault;

    /// <summary>TLS_KEY_PASSWORD: opens an encrypted key; null where it is not set.</summary>
    public string? TlsKeyPassword { get; init; }

    /// <summary>The variables of <see cref="ProxyFileNames"/> and <see cref="HandedOnToProxy"/> that were set; files with absolute paths.</summary>
    public IReadOnlyDictionary<string, string> ProxyVariables { get; init; } = new Dictionary<string, string>();

    /// <summary>Whether there is a certificate, and so a proxy.</summary>
    public bool IsTlsOn => ProxyVariables.ContainsKey(Certificate);

    /// <summary>Whether the proxy asks people who they are, so that there must be no way around it.</summary>
    public bool IsAccessOn => _accessFiles.Any(ProxyVariables.ContainsKey);

    /// <summary>DASHBOARD: whether Aspire's dashboard is started.</summary>
    public bool Dashboard { get; init; } = true;

    /// <summary>The variables of <see cref="HandedOn"/> that were set, and their values.</summary>
    public IReadOnlyDictionary<string, string> IngestVariables { get; init; } = new Dictionary<string, string>();

    /// <summary>One line for each wrong value: its name, the value, what is wrong with it and what to do.</summary>
    public IReadOnlyList<string> Errors { get; init; } = [];

    /// <summary>Reads every variable of <paramref name="configuration"/>.</summary>
    /// <param name="configuration">Environment variables, and arguments over them.</param>
    /// <param name="workingDirectory">The folder the user typed the command in; relative paths mean it.</param>
    public static AppHostOptions Read(IConfiguration configuration, string workingDirectory)
    {
        var reader = new AppHostVariables(configuration, workingDirectory);
        var defaults = new AppHostOptions();
        reader.Needs(Certificate, Key, "TLS_KEY_FILE is not set; name the certificate's private key as well");
        reader.Needs(Key, Certificate, "TLS_CERT_FILE is not set; name the key's certificate as well");
        foreach (var name in _accessFiles)
        {
            reader.Needs(name, Certificate, "there is no https over which to ask; set TLS_CERT_FILE and TLS_KEY_FILE as well");
        }

        var files = reader.Files(ProxyFileNames);
        var isTlsOn = files.ContainsKey(Certificate);
        return new AppHostOptions
        {
            LogDir = reader.Directory("LOG_DIR", defaults.LogDir),
            ServerPort = reader.Port("SERVER_PORT", defaults.ServerPort),
            HttpPort = reader.Port("HTTP_PORT", defaults.HttpPort),
            TensorBoardPort = reader.Port("TENSORBOARD_PORT", defaults.TensorBoardPort),
            DataProviderPort = reader.Port("DATA_PROVIDER_PORT", defaults.DataProviderPort),
            IsFeedLive = reader.Choice("TENSORBOARD_FEED", [LiveFeed, FileFeed]) == LiveFeed,
            TensorBoardSamples = reader.Count("TENSORBOARD_SAMPLES", defaults.TensorBoardSamples, MostSamples),
            TensorBoardPython = reader.Program("TENSORBOARD_PYTHON"),
            TensorBoardHost = reader.Address("TENSORBOARD_HOST"),
            TlsPort = reader.Port("TLS_PORT", isTlsOn ? defaults.TlsPort : null),
            TlsKeyPassword = reader.Set([Password]).GetValueOrDefault(Password),
            ProxyVariables = files.Concat(reader.Set(HandedOnToProxy)).ToDictionary(),
            Dashboard = reader.Flag("DASHBOARD", defaults.Dashboard),
            IngestVariables = reader.Set(HandedOn),
            Errors = [.. reader.Errors],
        };
    }

    /// <summary>Tells every wrong value to a person who has no logger yet.</summary>
    /// <returns>The exit code of a wrong configuration, 1.</returns>
    public int Report(TextWriter error)
    {
        error.WriteLine("Wrong settings; nothing was started:");
        foreach (var line in Errors)
        {
            error.WriteLine("  " + line);
        }

        return 1;
    }
}
