using NNTileLogger.Ingest.Points;

namespace NNTileLogger.Ingest.EventFiles;

/// <summary>
/// Some points of one run on their way to its file, as numbers: their records, twenty times as long, are made by who
/// writes them. Filled by the session's connection under the lock of its <see cref="RunSet"/>, then owned by the writer
/// thread; linked to the run's next chunk.
/// </summary>
internal sealed class Chunk(byte[] bytes)
{
    /// <summary>
    /// Bytes that the records of one chunk take at most, which are written at once: 64 KiB at a time were 1.6 times as
    /// fast as 4 KiB, and 256 KiB gained nothing more. Only a single longer record takes more.
    /// </summary>
    public const int MostRecordBytes = 80 << 10;

    // This object and the head of its array: a point on its own takes less.
    private const int ObjectBytes = 96;

    private const int NoStretch = -1;

    // Where the last stretch begins; it grows while points of the same series come together.
    private int _lastStretch = NoStretch;

    // Bytes whose points are kept for those who look.
    private int _keptLength;

    /// <summary>Bytes it has room for.</summary>
    public int Size => bytes.Length;

    /// <summary>Bytes of memory it takes.</summary>
    public int Memory => Size + ObjectBytes;

    /// <summary>True where it has room for another point; once it takes none, their records were too long for one write.</summary>
    public bool HasMemoryLeft => Size - Length >= Stretch.SizeFor(points: 1, batches: 1);

    /// <summary>Bytes filled.</summary>
    public int Length { get; private set; }

    /// <summary>Points in it.</summary>
    public int Points { get; private set; }

    /// <summary>The most bytes their records can take.</summary>
    public int RecordBytes { get; private set; }

    /// <summary>When the first of them was put in, in <see cref="TimeProvider"/> ticks.</summary>
    public long Since { get; set; }

    public Chunk? Next { get; set; }

    /// <summary>Its points: <see cref="Stretch"/>es, one behind the other.</summary>
    public ReadOnlySpan<byte> Filled => bytes.AsSpan(0, Length);

    /// <summary>Takes in points of a series that follow each other, as many as it has room for.</summary>
    /// <param name="series">The place of their series in the run.</param>
    /// <param name="recordSize">The most bytes that a record of the series takes.</param>
    /// <param name="firstStep">The step of the first.</param>
    /// <param name="values">Their values; at least one.</param>
    /// <param name="batches">When they came.</param>
    /// <returns>How many were taken in; at least one where the chunk was empty.</returns>
    public int Append(int series, int recordSize, long firstStep, ReadOnlySpan<float> values, ReadOnlySpan<Batch> batches)
    {
        var goesOn = batches.Length == 1 && _lastStretch != NoStretch && Stretch.GoesOn(bytes.AsSpan(_lastStretch), series, batches[0].WallTime);
        var most = Math.Min(values.Length, Math.Max((MostRecordBytes - RecordBytes) / recordSize, Points == 0 ? 1 : 0));
        var room = Size - Length;
        var count = goesOn ? Math.Min(most, room / sizeof(float)) : Fit(most, room, ref batches);
        if (count <= 0)
        {
            return 0;
        }

        if (goesOn)
        {
            Length += Stretch.Extend(bytes.AsSpan(_lastStretch), values[..count]);
        }
        else
        {
            _lastStretch = Length;
            Length += Stretch.Write(bytes.AsSpan(Length), series, firstStep, batches, values[..count]);
        }

        Points += count;
        RecordBytes += count * recordSize;
        return count;
    }

    /// <summary>
    /// Gives the points that are not kept yet for those who look, and notes that they are. Under
    /// <see cref="RunSet.Look"/>'s lock.
    /// </summary>
    public ReadOnlySpan<byte> TakeUnkept()
    {
        var unkept = Filled[_keptLength..];
        (_keptLength, _lastStretch) = (Length, NoStretch);
        return unkept;
    }

    /// <summary>Empties it.</summary>
    public void Clear()
    {
        (Length, Points, RecordBytes, _keptLength, _lastStretch) = (0, 0, 0, 0, NoStretch);
        Next = null;
    }

    // How many points of a new stretch have room, and in how many batches they came.
    private static int Fit(int most, int room, ref ReadOnlySpan<Batch> batches)
    {
        var (count, used) = (0, 0);
        room -= Stretch.SizeFor(points: 0, batches: 0);
        while (used < batches.Length && count < most && room >= Batch.Size + sizeof(float))
        {
            room -= Batch.Size;
            var some = Math.Min(Math.Min(batches[used].Count, most - count), room / sizeof(float));
            room -= some * sizeof(float);
            count += some;
            used++;
        }

        batches = batches[..used];
        return count;
    }
}
