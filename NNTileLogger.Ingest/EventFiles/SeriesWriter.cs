using NNTileLogger.Ingest.Points;

namespace NNTileLogger.Ingest.EventFiles;

/// <summary>
/// One tag of one run: numbers its points and appends them to the run. Used by the session's connection under the lock
/// of the <see cref="RunSet"/>.
/// </summary>
internal sealed class SeriesWriter(RunWriter run, byte[] tag, long step, PointMemory memory)
{
    private const int KeptAtOnce = 256;

    // No object of its own: for each point it would be one more place in memory to go to.
    private ScalarRecord _record = new(tag);

    public RunWriter Run { get; } = run;

    /// <summary>The tag as UTF-8.</summary>
    public ReadOnlySpan<byte> Tag => _record.TagName;

    /// <summary>The step of the first point since this server took the session up.</summary>
    public long FirstStep { get; } = step + 1;

    /// <summary>Points taken in for this series so far, which is the step of the last one.</summary>
    public long Step { get; private set; } = step;

    /// <summary>Points taken in since then.</summary>
    public long Count => Step - FirstStep + 1;

    /// <summary>
    /// What those who look at the session are shown, of the points since this server took it up. Read inside
    /// <see cref="RunSet.Look"/>.
    /// </summary>
    public KeptPoints Kept { get; } = new(memory);

    /// <summary>Takes in one point.</summary>
    /// <param name="value">The value.</param>
    /// <param name="arrival">When its line came.</param>
    public void Append(float value, in Arrival arrival)
    {
        var chunk = Run.RoomFor(_record.MaxSize, arrival.Timestamp);
        Added(chunk, _record.Write(chunk.Bytes.AsSpan(chunk.Length), Step + 1, value, arrival), 1);
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
        ScalarRecord.Read(records, out var first, out _);
        var step = first.Step;
        Span<float> together = stackalloc float[KeptAtOnce];
        while (!records.IsEmpty)
        {
            var wallTime = ScalarRecord.WallTimeOf(records);
            records = ScalarRecord.TakeValues(records, step, together, out var count);
            Kept.Add(step, together[..count], wallTime);
            step += count;
        }
    }

    private int Append(Chunk chunk, ReadOnlySpan<float> values, in Arrival arrival)
    {
        Added(chunk, _record.Write(chunk.Bytes.AsSpan(chunk.Length), Step + 1, values, arrival, out var count), count);
        return count;
    }

    private void Added(Chunk chunk, int size, int count)
    {
        if (chunk.OnlySeries != this)
        {
            chunk.OnlySeries = chunk.Points == 0 ? this : null;
        }

        Step += count;
        chunk.Length += size;
        chunk.Points += count;
    }
}
