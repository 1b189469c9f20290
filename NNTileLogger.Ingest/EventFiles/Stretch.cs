using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace NNTileLogger.Ingest.EventFiles;

/// <summary>Points of one series that came together, as they stand in a <see cref="Chunk"/>: a head, then the values.</summary>
internal readonly ref struct Stretch
{
    private Stretch(in StretchHead head, ReadOnlySpan<float> values)
    {
        (Series, FirstStep, WallTime) = (head.Series, head.FirstStep, head.WallTime);
        Values = values;
    }

    /// <summary>The place of the series in its run.</summary>
    public int Series { get; }

    /// <summary>The step of the first point; the others follow.</summary>
    public long FirstStep { get; }

    /// <summary>When they came, in seconds since the epoch.</summary>
    public double WallTime { get; }

    public ReadOnlySpan<float> Values { get; }

    /// <summary>Takes the first one off.</summary>
    /// <param name="stretches">Whole ones, one behind the other; what is left of them.</param>
    public static Stretch Take(scoped ref ReadOnlySpan<byte> stretches)
    {
        ref readonly var head = ref MemoryMarshal.AsRef<StretchHead>(stretches);
        var end = StretchHead.Size + (head.Count * sizeof(float));
        var stretch = new Stretch(head, MemoryMarshal.Cast<byte, float>(stretches[StretchHead.Size..end]));
        stretches = stretches[end..];
        return stretch;
    }
}

/// <summary>What stands before the values of a stretch.</summary>
/// <param name="Series">The place of the series in its run.</param>
/// <param name="Count">How many values follow.</param>
/// <param name="FirstStep">The step of the first.</param>
/// <param name="WallTime">When they came.</param>
[StructLayout(LayoutKind.Sequential, Pack = 4)]
internal record struct StretchHead(int Series, int Count, long FirstStep, double WallTime)
{
    /// <summary>Bytes it takes.</summary>
    public static int Size => Unsafe.SizeOf<StretchHead>();
}
