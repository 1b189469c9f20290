using NNTileLogger.Ingest.Points;

namespace NNTileLogger.Ingest.EventFiles;

/// <summary>
/// One tag of one run: numbers its points and appends them to the run. Used by the session's connection under the lock
/// of the <see cref="RunSet"/>.
/// </summary>
internal sealed class SeriesWriter
{
    private const int KeptAtOnce = 256;

    // No object of its own: for each point it would be one more place in memory to go to.
    private ScalarRecord _record;

    /// <summary>Makes a series of a run.</summary>
    /// <param name="run">The run.</param>
    /// <param name="tag">The tag as UTF-8.</param>
    /// <param name="step">The step of its last point so far.</param>
    public SeriesWriter(RunWriter run, byte[] tag, long step)
    {
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

    /// <summary>Takes in points, also past the memory limit.</summary>
    /// <param name="values">Their values.</param>
    /// <param name="arrival">When their line came.</param>
    public void Append(ReadOnlySpan<float> values, in Arrival arrival)
    {
        while (!values.IsEmpty)
        {
            var chunk = Run.RoomFor(_record.MaxSize, arrival.Timestamp);
            values = values[Append(chunk, values, arrival)..];
        }
    }

    /// <summary>Takes in points, as many as the memory for unwritten points allows.</summary>
    /// <param name="values">Their values.</param>
    /// <param name="arrival">When their line came.</param>
    /// <returns>How many were taken in.</returns>
    public int TryAppend(ReadOnlySpan<float> values, in Arrival arrival)
    {
        var taken = 0;
        while (taken < values.Length && Run.TryRoomFor(_record.MaxSize, arrival.Timestamp) is { } chunk)
        {
            taken += Append(chunk, values[taken..], arrival);
        }

        return taken;
    }

    /// <summary>Takes over points for those who look. Under <see cref="RunSet.Look"/>'s lock.</summary>
    /// <param name="records">Records of this series alone, one behind the other: their steps are too.</param>
    public void Keep(ReadOnlySpan<byte> records)
    {
        ScalarRecordReader.Read(records, out var first, out _);
        var step = first.Step;
        Span<float> together = stackalloc float[KeptAtOnce];
        while (!records.IsEmpty)
        {
            var wallTime = ScalarRecordReader.WallTimeOf(records);
            records = ScalarRecordReader.TakeValues(records, step, together, out var count);
            Kept.Add(step, together[..count], wallTime);
            step += count;
        }
    }

    private int Append(Chunk chunk, ReadOnlySpan<float> values, in Arrival arrival)
    {
        var size = _record.Write(chunk.Bytes.AsSpan(chunk.Length), Step + 1, values, arrival, out var count);
        if (chunk.OnlySeries != this)
        {
            chunk.OnlySeries = chunk.Points == 0 ? this : null;
        }

        Step += count;
        chunk.Length += size;
        chunk.Points += count;
        return count;
    }
}
