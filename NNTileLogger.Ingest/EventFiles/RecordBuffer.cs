namespace NNTileLogger.Ingest.EventFiles;

/// <summary>
/// Where a writer thread makes the records of a chunk, right before it writes them: one place, which stays in its
/// processor's caches. Made by the connection, each record would go from one processor to the other, and all those that
/// wait for a disk would be in memory. One thread.
/// </summary>
internal sealed class RecordBuffer
{
    private readonly byte[] _bytes = GC.AllocateUninitializedArray<byte>(Chunk.MostRecordBytes);

    /// <summary>Makes the records of a chunk; the same bytes each time.</summary>
    /// <param name="run">Its run.</param>
    /// <param name="chunk">The chunk.</param>
    /// <returns>The records; good until the next call.</returns>
    public ReadOnlySpan<byte> Fill(RunWriter run, Chunk chunk)
    {
        // A record of a huge tag is not kept room for.
        var bytes = chunk.RecordBytes <= _bytes.Length ? _bytes : GC.AllocateUninitializedArray<byte>(chunk.RecordBytes);
        var length = 0;
        var rest = chunk.Filled;
        while (!rest.IsEmpty)
        {
            var stretch = Stretch.Take(ref rest);
            length += run.Series[stretch.Series].WriteRecords(bytes.AsSpan(length), stretch);
        }

        return bytes.AsSpan(0, length);
    }
}
