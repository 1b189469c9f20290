using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace NNTileLogger.Ingest.Points;

/// <summary>Points of one series that came together, among others before and behind them.</summary>
/// <param name="WallTime">When, in seconds since the epoch.</param>
/// <param name="Count">How many.</param>
[StructLayout(LayoutKind.Sequential, Pack = 4)]
internal record struct Batch(double WallTime, int Count)
{
    /// <summary>Bytes it takes.</summary>
    public static int Size => Unsafe.SizeOf<Batch>();
}

/// <summary>When each of some points came, told by their batches.</summary>
internal ref struct WallTimes(ReadOnlySpan<Batch> batches)
{
    private ReadOnlySpan<Batch> _batches = batches;

    // Of the first batch.
    private int _skipped;

    /// <summary>That of the first point.</summary>
    public readonly double First => _batches[0].WallTime;

    /// <summary>That of a point.</summary>
    /// <param name="place">How many are before it.</param>
    public readonly double Of(int place)
    {
        place += _skipped;
        var batch = 0;
        while (place >= _batches[batch].Count)
        {
            place -= _batches[batch].Count;
            batch++;
        }

        return _batches[batch].WallTime;
    }

    /// <summary>Passes over the first points.</summary>
    /// <param name="points">How many; no more than there are.</param>
    public void Skip(int points)
    {
        points += _skipped;
        while (points > 0 && points >= _batches[0].Count)
        {
            points -= _batches[0].Count;
            _batches = _batches[1..];
        }

        _skipped = points;
    }
}
