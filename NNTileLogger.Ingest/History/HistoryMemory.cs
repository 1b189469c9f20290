using NNTileLogger.Ingest.Points;

namespace NNTileLogger.Ingest.History;

/// <summary>
/// The memory of what was read from files (DATA_PROVIDER_MEMORY_MB): where it is nearly used up, the runs that were
/// written to longest ago make do with fewer points, which their files have when they are asked for. The loader's.
/// </summary>
internal sealed class HistoryMemory(IngestOptions options)
{
    // Below the first nothing is done; then it is brought below the second, so that what is new has room.
    private const double High = 0.9;
    private const double Low = 0.75;

    private static readonly int[] _sizes = [KeptPoints.MostKept, 64, KeptPoints.LeastRoom];

    /// <summary>Gives it out.</summary>
    public PointMemory Points { get; } = new(options.DataProviderBytes);

    /// <summary>Takes memory from old runs where little is left.</summary>
    public void Relieve(IEnumerable<HistoryRun> runs)
    {
        if (Points.Used < High * Points.Limit)
        {
            return;
        }

        var oldestFirst = runs.OrderBy(run => run.LastWrite).ToList();
        foreach (var size in _sizes)
        {
            foreach (var run in oldestFirst)
            {
                if (Points.Used < Low * Points.Limit)
                {
                    return;
                }

                run.ShrinkTo(size);
            }
        }
    }
}
