namespace NNTileLogger.Ingest;

/// <summary>
/// Shares the descriptors that this process may have among clients, event files and the rest: who takes the last one
/// starves the others, and a web server that cannot accept spins. Called at start.
/// </summary>
internal static class DescriptorShare
{
    // Measured: 223 of an idle service (assemblies, pipes, the runtime's own); probes of /health and side files come on top.
    private const int ForTheRest = 300;
    private const int Least = 8;

    /// <summary>The options, with no more connections and open files than the descriptors allow.</summary>
    /// <param name="options">What was asked for.</param>
    /// <param name="limit">How many there are; null where there is no limit.</param>
    public static IngestOptions Fit(IngestOptions options, int? limit)
    {
        if (limit is not { } all || all - ForTheRest >= (long)options.MaxConnections + options.MaxOpenFiles)
        {
            return options;
        }

        var free = all - ForTheRest;
        var connections = Math.Min(options.MaxConnections, Math.Max(Least, free / 2));
        var files = Math.Min(options.MaxOpenFiles, Math.Max(Least, free - connections));
        return options with { MaxConnections = connections, MaxOpenFiles = files };
    }
}
