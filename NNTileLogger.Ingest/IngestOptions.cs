using System.Net;
using System.Net.Sockets;
using NNTileLogger.ServiceDefaults;

namespace NNTileLogger.Ingest;

/// <summary>The service's variables, as README's table lists them. Read once at start.</summary>
internal sealed record IngestOptions
{
    private const int MiB = 1 << 20;
    private static readonly TimeSpan _shortestSplit = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan _longestSplit = TimeSpan.FromHours(1_000_000);

    /// <summary>LOG_DIR: where sessions are kept; a relative path means the folder the command was typed in.</summary>
    public string LogDirectory { get; init; } = "logs";

    /// <summary>SERVER_PORT: takes lines from clients.</summary>
    public int ServerPort { get; init; } = 5001;

    /// <summary>HTTP_HOST: the address of the HTTP port; all by default.</summary>
    public IPAddress HttpAddress { get; init; } = Socket.OSSupportsIPv6 ? IPAddress.IPv6Any : IPAddress.Any;

    /// <summary>HTTP_PORT: health.</summary>
    public int HttpPort { get; init; } = 5002;

    /// <summary>SPLIT_HOURS: a run goes on in a new event file after so long.</summary>
    public TimeSpan Split { get; init; } = TimeSpan.FromHours(24);

    /// <summary>CLEAR_LOGS: ended sessions are removed at start.</summary>
    public bool ClearLogs { get; init; } = true;

    /// <summary>MAX_LINE_MB: a longer line is passed over.</summary>
    public int MaxLineBytes { get; init; } = 64 * MiB;

    /// <summary>LINE_BUFFER_MB: memory of all unfinished lines together.</summary>
    public long LineBufferBytes { get; init; } = 512L * MiB;

    /// <summary>BUFFER_MB: memory of all points that are not in their files yet.</summary>
    public long PointBufferBytes { get; init; } = 256L * MiB;

    /// <summary>MAX_OPEN_FILES: event files open at once.</summary>
    public int MaxOpenFiles { get; init; } = 4096;

    /// <summary>MAX_SERIES: series of one session; points of further ones are counted and dropped.</summary>
    public int MaxSeries { get; init; } = 100_000;

    /// <summary>The series of all sessions at hand together, but for the first thousand of each.</summary>
    public int MaxSeriesOfAll => (int)Math.Min(10L * MaxSeries, int.MaxValue);

    /// <summary>MAX_CONNECTIONS: clients connected at once.</summary>
    public int MaxConnections { get; init; } = 2000;

    /// <summary>ALLOWED_CLIENTS: networks whose clients are let in; empty means all.</summary>
    public IReadOnlyList<IPNetwork> AllowedClients { get; init; } = [];

    /// <summary>TENSORBOARD_URL: where TensorBoard's page is, for the link to it; null where nobody has said.</summary>
    public Uri? TensorBoard { get; init; }

    /// <summary>DATA_PROVIDER_HOST: where TensorBoard reads from; loopback, which is all that TensorBoard takes.</summary>
    public IPAddress DataProviderAddress { get; init; } = IPAddress.Loopback;

    /// <summary>DATA_PROVIDER_PORT: the port there.</summary>
    public int DataProviderPort { get; init; } = 5003;

    /// <summary>DATA_PROVIDER_MEMORY_MB: memory of the points that were read from event files.</summary>
    public long DataProviderBytes { get; init; } = 256L * MiB;

    /// <summary>Where the running service says on this machine how it is.</summary>
    public Uri HealthAddress
    {
        get
        {
            var isEverywhere = HttpAddress.Equals(IPAddress.Any) || HttpAddress.Equals(IPAddress.IPv6Any);
            return new UriBuilder(Uri.UriSchemeHttp, isEverywhere ? "localhost" : HttpAddress.ToString(), HttpPort, "/health").Uri;
        }
    }

    /// <summary>Reads the variables.</summary>
    /// <exception cref="StartupException">Some are wrong; the message lists them all.</exception>
    public static IngestOptions Read(IConfiguration configuration)
    {
        var defaults = new IngestOptions();
        var variables = new VariableReader(configuration);
        var options = new IngestOptions
        {
            LogDirectory = Path.GetFullPath(variables.Text("LOG_DIR", defaults.LogDirectory)),
            ServerPort = variables.Port("SERVER_PORT", defaults.ServerPort),
            HttpAddress = variables.Address("HTTP_HOST", defaults.HttpAddress),
            HttpPort = variables.Port("HTTP_PORT", defaults.HttpPort),
            Split = variables.Hours("SPLIT_HOURS", defaults.Split, _shortestSplit, _longestSplit),
            ClearLogs = variables.Flag("CLEAR_LOGS", defaults.ClearLogs),
            MaxLineBytes = (int)variables.Whole("MAX_LINE_MB", defaults.MaxLineBytes / MiB, 1, 1024) * MiB,
            LineBufferBytes = variables.Whole("LINE_BUFFER_MB", defaults.LineBufferBytes / MiB, 1, 1 << 20) * MiB,
            PointBufferBytes = variables.Whole("BUFFER_MB", defaults.PointBufferBytes / MiB, 1, 1 << 20) * MiB,
            MaxOpenFiles = (int)variables.Whole("MAX_OPEN_FILES", defaults.MaxOpenFiles, 1, 1 << 20),
            MaxConnections = (int)variables.Whole("MAX_CONNECTIONS", defaults.MaxConnections, 1, 1_000_000),
            AllowedClients = variables.Networks("ALLOWED_CLIENTS"),
            TensorBoard = variables.HttpAddress("TENSORBOARD_URL", defaults.TensorBoard),
            DataProviderAddress = variables.Address("DATA_PROVIDER_HOST", defaults.DataProviderAddress),
            DataProviderPort = variables.Port("DATA_PROVIDER_PORT", defaults.DataProviderPort),
            DataProviderBytes = variables.Whole("DATA_PROVIDER_MEMORY_MB", defaults.DataProviderBytes / MiB, 1, 1 << 20) * MiB,
            MaxSeries = (int)variables.Whole("MAX_SERIES", defaults.MaxSeries, 1, 10_000_000),
        };
        return variables.Errors.Count == 0 ? options : throw new StartupException(string.Join('\n', variables.Errors));
    }
}
