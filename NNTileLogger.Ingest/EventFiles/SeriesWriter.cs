namespace NNTileLogger.Ingest.EventFiles;

/// <summary>
/// One tag of one run: numbers its points and appends them to the run. Used by the session's connection under the lock
/// of the <see cref="RunSet"/>.
/// </summary>
internal sealed class SeriesWriter(RunWriter run, byte[] tag, long step)
{
    private readonly int _recordSize = ScalarRecord.MaxSize(tag.Length);

    public RunWriter Run { get; } = run;

    /// <summary>The tag as UTF-8.</summary>
    public ReadOnlySpan<byte> Tag => tag;

    /// <summary>Points taken in for this series so far, which is the step of the last one.</summary>
    public long Step { get; private set; } = step;

    /// <summary>Takes in one point.</summary>
    /// <param name="value">The value.</param>
    /// <param name="arrival">When its line came.</param>
    public void Append(float value, in Arrival arrival) => Append(Run.RoomFor(_recordSize, arrival.Timestamp), value, arrival);

    /// <summary>Takes in one point unless the memory for unwritten points is used up.</summary>
    /// <returns>False where it is; nothing has changed then.</returns>
    public bool TryAppend(float value, in Arrival arrival)
    {
        if (Run.TryRoomFor(_recordSize, arrival.Timestamp) is not { } chunk)
        {
            return false;
        }

        Append(chunk, value, arrival);
        return true;
    }

    private void Append(Chunk chunk, float value, in Arrival arrival)
    {
        var size = ScalarRecord.Write(chunk.Bytes.AsSpan(chunk.Length), tag, ++Step, arrival.WallTime, value);
        chunk.Length += size;
        chunk.Points++;
    }
}

/// <summary>When a block of bytes was received: read once for all points in it.</summary>
/// <param name="WallTime">Seconds since the epoch, never less than an earlier block's of the same session.</param>
/// <param name="Timestamp">The monotonic clock of the <see cref="TimeProvider"/>.</param>
internal readonly record struct Arrival(double WallTime, long Timestamp);
