using System.Runtime.InteropServices;

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

    // Where the last stretch begins; it grows while the series and the arrival are the same.
    private int _lastStretch = NoStretch;

    // Bytes whose points are kept for those who look.
    private int _keptLength;

    /// <summary>Bytes that points take in it.</summary>
    /// <param name="points">How many.</param>
    /// <param name="stretches">Of how many arrivals.</param>
    public static int SizeFor(int points, int stretches) => (stretches * StretchHead.Size) + (points * sizeof(float));

    /// <summary>Bytes it has room for.</summary>
    public int Size => bytes.Length;

    /// <summary>Bytes of memory it takes.</summary>
    public int Memory => Size + ObjectBytes;

    /// <summary>True where it has room for another point; once it takes none, their records were too long for one write.</summary>
    public bool HasMemoryLeft => Size - Length >= SizeFor(points: 1, stretches: 1);

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

    /// <summary>Takes in points that came together, as many as it has room for.</summary>
    /// <param name="series">The place of their series in the run.</param>
    /// <param name="recordSize">The most bytes that a record of the series takes.</param>
    /// <param name="firstStep">The step of the first; the others follow.</param>
    /// <param name="values">Their values; at least one.</param>
    /// <param name="wallTime">When they came.</param>
    /// <returns>How many were taken in; at least one where the chunk was empty.</returns>
    public int Append(int series, int recordSize, long firstStep, ReadOnlySpan<float> values, double wallTime)
    {
        var goesOn = GoesOn(series, wallTime);
        var room = (Size - Length - (goesOn ? 0 : StretchHead.Size)) / sizeof(float);
        var count = Math.Min(Math.Min(values.Length, room), Math.Max((MostRecordBytes - RecordBytes) / recordSize, Points == 0 ? 1 : 0));
        if (count <= 0)
        {
            return 0;
        }

        if (!goesOn)
        {
            _lastStretch = Length;
            Head = new StretchHead(series, 0, firstStep, wallTime);
            Length += StretchHead.Size;
        }

        Head.Count += count;
        MemoryMarshal.AsBytes(values[..count]).CopyTo(bytes.AsSpan(Length));
        Length += count * sizeof(float);
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

    private ref StretchHead Head => ref MemoryMarshal.AsRef<StretchHead>(bytes.AsSpan(_lastStretch));

    private bool GoesOn(int series, double wallTime)
    {
        if (_lastStretch == NoStretch)
        {
            return false;
        }

        ref var head = ref Head;
        return head.Series == series && head.WallTime == wallTime;
    }
}
