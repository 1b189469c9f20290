using NNTileLogger.Ingest.EventFiles;
using NNTileLogger.Ingest.Points;

namespace NNTileLogger.Ingest.Tests.EventFiles;

/// <summary>Sets of runs without a writer and without a directory.</summary>
internal static class RunSets
{
    /// <summary>Makes one.</summary>
    /// <param name="memory">BUFFER_MB, in bytes.</param>
    public static RunSet New(long memory) => new(
        null!,
        new PointBuffer(memory),
        new PointMemory(long.MaxValue),
        new SessionPlace(null!, default, () => []),
        new RunFolders(4000, []),
        RestoredSteps.None,
        new SeriesLimit(int.MaxValue, int.MaxValue));
}
