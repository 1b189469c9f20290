using NNTileLogger.Ingest.Points;

namespace NNTileLogger.Ingest.EventFiles;

/// <summary>
/// One tag of one run: numbers its points and appends them to the run. Used by the session's connection under the lock
/// of the <see cref="RunSet"/>.
/// </summary>
internal sealed class SeriesWriter
{
    private readonly int _place;

    // No object of its own: for each write it would be one more place in memory to go to.
    private ScalarRecord _record;

    /// <summary>Makes a series of a run.</summary>
    /// <param name="run">The run.</param>
    /// <param name="place">Its place among the series of the run.</param>
    /// <param name="tag">The tag as UTF-8.</param>
    /// <param name="step">The step of its last point so far.</param>
    public SeriesWriter(RunWriter run, int place, byte[] tag, long step)
    {
        _place = place;
        _record = new ScalarRecord(tag);
        Run = run;
        FirstStep = step + 1;
        Step = step;
        Kept = new KeptPoints(run.Owner.Kept);
        Number = run.Owner.Waiting.NumberFor(this);
    }

    public RunWriter Run { get; }

    /// <summary>Its number among the series of the set.</summary>
    public int Number { get; }

    /// <summary>The tag as UTF-8.</summary>
    public ReadOnlySpan<byte> Tag => _record.TagName;

    /// <summary>The step of the first point since this server took the session up.</summary>
    public long FirstStep { get; }

    /// <summary>The step of the last point that is in a chunk, which is how many there were.</summary>
    public long Step { get; private set; }

    /// <summary>Points since then, without those that wait to be put into chunks.</summary>
    public long Count => Step - FirstStep + 1;

    /// <summary>
    /// What those who look at the session are shown, of the points since this server took it up. Read inside
    /// <see cref="RunSet.Look"/>.
    /// </summary>
    public KeptPoints Kept { get; }

    /// <summary>Takes in points that one chunk has room for, also past the memory limit.</summary>
    /// <param name="values">Their values; at least one.</param>
    /// <param name="batches">When they came.</param>
    /// <param name="since">When the first one came, in <see cref="TimeProvider"/> ticks.</param>
    /// <returns>How many were taken in; at least one.</returns>
    public int Append(ReadOnlySpan<float> values, ReadOnlySpan<Batch> batches, long since)
    {
        var taken = AppendToOpen(values, batches);
        return taken > 0 ? taken : Append(Run.AddChunk(Stretch.SizeFor(values.Length, batches.Length), since), values, batches);
    }

    /// <summary>Takes in points, as many as the memory for unwritten points allows.</summary>
    /// <param name="values">Their values.</param>
    /// <param name="arrival">When their line came.</param>
    /// <returns>How many were taken in.</returns>
    public int TryAppend(ReadOnlySpan<float> values, in Arrival arrival)
    {
        var taken = AppendToOpen(values, [new Batch(arrival.WallTime, values.Length)]);
        while (taken < values.Length && !Run.Owner.IsFull)
        {
            var atOnce = Math.Min(values.Length - taken, Chunk.MostRecordBytes / _record.MaxSize);
            var chunk = Run.AddChunk(Stretch.SizeFor(atOnce, batches: 1), arrival.Timestamp);
            taken += Append(chunk, values[taken..], [new Batch(arrival.WallTime, values.Length - taken)]);
        }

        return taken;
    }

    /// <summary>Writes the records of points of this series. The writer thread's.</summary>
    /// <param name="destination">Where to; room for the longest records there are of so many points.</param>
    /// <param name="points">The points.</param>
    /// <returns>Bytes written.</returns>
    public int WriteRecords(Span<byte> destination, in Stretch points)
    {
        var (length, step) = (0, points.FirstStep);
        var values = points.Values;
        foreach (ref readonly var batch in points.Batches)
        {
            length += _record.Write(destination[length..], step, values[..batch.Count], batch.WallTime, out _);
            step += batch.Count;
            values = values[batch.Count..];
        }

        return length;
    }

    private int AppendToOpen(ReadOnlySpan<float> values, ReadOnlySpan<Batch> batches) =>
        Run.OpenChunk is { } open ? Append(open, values, batches) : 0;

    private int Append(Chunk chunk, ReadOnlySpan<float> values, ReadOnlySpan<Batch> batches)
    {
        var count = chunk.Append(_place, _record.MaxSize, Step + 1, values, batches);
        Step += count;
        return count;
    }
}
