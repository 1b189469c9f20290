using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using NNTileLogger.Ingest.Points;

namespace NNTileLogger.Ingest.EventFiles;

/// <summary>
/// Points of one series in a row, as they stand in a <see cref="Chunk"/>: a head, when they came, then the values. These
/// stand together so that the extremes of many are found at once, also of points that came one by one.
/// </summary>
internal readonly ref struct Stretch
{
    private Stretch(in StretchHead head, ReadOnlySpan<Batch> batches, ReadOnlySpan<float> values)
    {
        (Series, FirstStep) = (head.Series, head.FirstStep);
        Batches = batches;
        Values = values;
    }

    /// <summary>The place of the series in its run.</summary>
    public int Series { get; }

    /// <summary>The step of the first point; the others follow.</summary>
    public long FirstStep { get; }

    /// <summary>When they came.</summary>
    public ReadOnlySpan<Batch> Batches { get; }

    public ReadOnlySpan<float> Values { get; }

    /// <summary>Bytes that one takes.</summary>
    /// <param name="points">Of so many points.</param>
    /// <param name="batches">Of so many batches.</param>
    public static int SizeFor(int points, int batches) => StretchHead.Size + (batches * Batch.Size) + (points * sizeof(float));

    /// <summary>Takes the first one off.</summary>
    /// <param name="stretches">Whole ones, one behind the other; what is left of them.</param>
    public static Stretch Take(scoped ref ReadOnlySpan<byte> stretches)
    {
        ref readonly var head = ref MemoryMarshal.AsRef<StretchHead>(stretches);
        var values = StretchHead.Size + (head.Batches * Batch.Size);
        var end = values + (head.Points * sizeof(float));
        var stretch = new Stretch(
            head,
            MemoryMarshal.Cast<byte, Batch>(stretches[StretchHead.Size..values]),
            MemoryMarshal.Cast<byte, float>(stretches[values..end]));
        stretches = stretches[end..];
        return stretch;
    }

    /// <summary>Writes one.</summary>
    /// <param name="destination">Where to; <see cref="SizeFor"/> says how much room it takes.</param>
    /// <param name="series">The place of the series in its run.</param>
    /// <param name="firstStep">The step of the first point.</param>
    /// <param name="batches">When they came; the last may hold more points than there are values.</param>
    /// <param name="values">The values.</param>
    /// <returns>Bytes written.</returns>
    public static int Write(Span<byte> destination, int series, long firstStep, ReadOnlySpan<Batch> batches, ReadOnlySpan<float> values)
    {
        MemoryMarshal.AsRef<StretchHead>(destination) = new StretchHead(series, batches.Length, values.Length, firstStep);
        var places = MemoryMarshal.Cast<byte, Batch>(destination.Slice(StretchHead.Size, batches.Length * Batch.Size));
        var left = values.Length;
        for (var i = 0; i < batches.Length && i < places.Length; i++)
        {
            places[i] = batches[i] with { Count = Math.Min(batches[i].Count, left) };
            left -= places[i].Count;
        }

        var begin = SizeFor(0, batches.Length);
        MemoryMarshal.AsBytes(values).CopyTo(destination[begin..]);
        return begin + (values.Length * sizeof(float));
    }

    /// <summary>Puts more points of the last batch behind one that stands at the end of what is filled.</summary>
    /// <param name="stretch">From its first byte on, with room for the values.</param>
    /// <param name="values">Their values.</param>
    /// <returns>Bytes written.</returns>
    public static int Extend(Span<byte> stretch, ReadOnlySpan<float> values)
    {
        ref var head = ref MemoryMarshal.AsRef<StretchHead>(stretch);
        var end = SizeFor(head.Points, head.Batches);
        head.Points += values.Length;
        LastBatch(stretch, head).Count += values.Length;
        MemoryMarshal.AsBytes(values).CopyTo(stretch[end..]);
        return values.Length * sizeof(float);
    }

    /// <summary>Whether points follow the last one of a stretch: of the same series, and come together with it.</summary>
    /// <param name="stretch">From its first byte on.</param>
    /// <param name="series">The place of their series in the run.</param>
    /// <param name="wallTime">When they came.</param>
    public static bool GoesOn(Span<byte> stretch, int series, double wallTime)
    {
        ref readonly var head = ref MemoryMarshal.AsRef<StretchHead>(stretch);
        return head.Series == series && LastBatch(stretch, head).WallTime == wallTime;
    }

    private static ref Batch LastBatch(Span<byte> stretch, in StretchHead head) =>
        ref MemoryMarshal.AsRef<Batch>(stretch[SizeFor(0, head.Batches - 1)..]);

    /// <summary>What stands before all else of a stretch.</summary>
    /// <param name="Series">The place of the series in its run.</param>
    /// <param name="Batches">How many batches follow.</param>
    /// <param name="Points">How many values follow them.</param>
    /// <param name="FirstStep">The step of the first.</param>
    [StructLayout(LayoutKind.Sequential, Pack = 4)]
    private record struct StretchHead(int Series, int Batches, int Points, long FirstStep)
    {
        public static int Size => Unsafe.SizeOf<StretchHead>();
    }
}
