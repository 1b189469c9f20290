namespace NNTileLogger.Ingest.EventFiles;

/// <summary>
/// One tag of one run: numbers its points and appends them to the run. Used by the session's connection under the lock
/// of the <see cref="RunSet"/>.
/// </summary>
internal sealed class SeriesWriter(RunWriter run, byte[] tag, long step)
{
    private readonly ScalarRecord _record = new(tag);

    public RunWriter Run { get; } = run;

    /// <summary>The tag as UTF-8.</summary>
    public ReadOnlySpan<byte> Tag => _record.TagName;

    /// <summary>Points taken in for this series so far, which is the step of the last one.</summary>
    public long Step { get; private set; } = step;

    /// <summary>Takes in one point.</summary>
    /// <param name="value">The value.</param>
    /// <param name="arrival">When its line came.</param>
    public void Append(float value, in Arrival arrival) =>
        Append(Run.RoomFor(_record.MaxSize, arrival.Timestamp), [value], arrival);

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

    private int Append(Chunk chunk, ReadOnlySpan<float> values, in Arrival arrival)
    {
        var size = _record.Write(chunk.Bytes.AsSpan(chunk.Length), Step + 1, values, arrival, out var count);
        Step += count;
        chunk.Length += size;
        chunk.Points += count;
        return count;
    }
}
