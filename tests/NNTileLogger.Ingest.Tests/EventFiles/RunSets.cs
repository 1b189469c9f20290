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

    /// <summary>Puts points that came together into chunks.</summary>
    public static void AppendAll(this SeriesWriter series, float[] values, in Arrival arrival) =>
        series.AppendAll(values, [new Batch(arrival.WallTime, values.Length)], arrival.Timestamp);

    /// <summary>The same where they came one batch after the other.</summary>
    public static void AppendAll(this SeriesWriter series, float[] values, Batch[] batches, long since)
    {
        double[] times = [.. batches.SelectMany(batch => Enumerable.Repeat(batch.WallTime, batch.Count))];
        for (var taken = 0; taken < values.Length;)
        {
            taken += series.Append(values.AsSpan(taken), [.. times[taken..].CountBy(time => time).Select(time => new Batch(time.Key, time.Value))], since);
        }
    }
}
