namespace NNTileLogger.Ingest.EventFiles;

/// <summary>
/// Some whole records of one run on their way to its file. Filled by the session's connection under the lock of its
/// <see cref="RunSet"/>, then owned by the writer thread; linked to the run's next chunk.
/// </summary>
internal sealed class Chunk(byte[] bytes)
{
    public byte[] Bytes { get; } = bytes;

    /// <summary>Bytes filled; a reader of the file never sees a part of a record longer than a write takes.</summary>
    public int Length { get; set; }

    /// <summary>Points in the records.</summary>
    public int Points { get; set; }

    /// <summary>The series that all of them are of; null where there are several.</summary>
    public SeriesWriter? OnlySeries { get; set; }

    /// <summary>Bytes whose points are kept for those who look; under <see cref="RunSet.Look"/>'s lock.</summary>
    public int KeptLength { get; set; }

    /// <summary>When the first of them was put in, in <see cref="TimeProvider"/> ticks.</summary>
    public long Since { get; set; }

    public Chunk? Next { get; set; }

    public int Room => Bytes.Length - Length;

    public ReadOnlySpan<byte> Filled => Bytes.AsSpan(0, Length);
}
