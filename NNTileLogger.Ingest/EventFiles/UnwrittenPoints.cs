using NNTileLogger.Ingest.Points;

namespace NNTileLogger.Ingest.EventFiles;

/// <summary>
/// Points of a run that had not reached its files when they were copied: files that are read afterwards lack these at
/// most, and may have some of them by then. Does not change; any thread.
/// </summary>
/// <param name="run">The run.</param>
/// <param name="stretches">Its points in their order, as they stand in chunks.</param>
internal sealed class UnwrittenPoints(RunWriter run, byte[] stretches)
{
    /// <summary>Takes a point and its tag.</summary>
    public delegate void TakePoint(ReadOnlySpan<byte> tag, in Point point);

    public RunWriter Run => run;

    /// <summary>Gives them in their order.</summary>
    public void Read(TakePoint take)
    {
        ReadOnlySpan<byte> rest = stretches;
        while (!rest.IsEmpty)
        {
            var stretch = Stretch.Take(ref rest);
            var tag = run.Series[stretch.Series].Tag;
            var step = stretch.FirstStep;
            var values = stretch.Values;
            foreach (ref readonly var batch in stretch.Batches)
            {
                foreach (var value in values[..batch.Count])
                {
                    take(tag, new Point(step++, batch.WallTime, value));
                }

                values = values[batch.Count..];
            }
        }
    }
}
