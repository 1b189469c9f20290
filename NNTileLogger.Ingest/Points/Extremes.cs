using System.Runtime.Intrinsics;

namespace NNTileLogger.Ingest.Points;

/// <summary>The lowest and the highest of values that came together, found four at a time where they are many; pure.</summary>
internal static class Extremes
{
    private const int Many = 6;

    /// <summary>Finds both.</summary>
    /// <param name="values">The values; at least one.</param>
    /// <param name="below">The lowest is of no interest unless it is below this; NaN where it always is.</param>
    /// <param name="above">The same for the highest.</param>
    /// <param name="lowestAt">The place of the first that is as low as any; -1 where that is of no interest.</param>
    /// <param name="highestAt">The same for the highest.</param>
    /// <returns>False where one of them is NaN or infinite.</returns>
    public static bool TryFind(ReadOnlySpan<float> values, float below, float above, out int lowestAt, out int highestAt)
    {
        (lowestAt, highestAt) = (-1, -1);
        if (values.Length < Many)
        {
            return TryFindAmongFew(values, below, above, out lowestAt, out highestAt);
        }

        if (!TryMeasure(values, out var lowest, out var highest))
        {
            return false;
        }

        if (!(lowest >= below))
        {
            lowestAt = values.IndexOf(lowest);
        }

        if (!(highest <= above))
        {
            highestAt = values.IndexOf(highest);
        }

        return true;
    }

    private static bool TryFindAmongFew(ReadOnlySpan<float> values, float below, float above, out int lowestAt, out int highestAt)
    {
        (lowestAt, highestAt) = (-1, -1);
        for (var i = 0; i < values.Length; i++)
        {
            var value = values[i];
            if (!float.IsFinite(value))
            {
                return false;
            }

            if (!(value >= below))
            {
                (below, lowestAt) = (value, i);
            }

            if (!(value <= above))
            {
                (above, highestAt) = (value, i);
            }
        }

        return true;
    }

    private static bool TryMeasure(ReadOnlySpan<float> values, out float lowest, out float highest)
    {
        var lows = Vector128.Create(values[0]);
        var highs = lows;
        // A number less itself is 0; NaN and the infinities make it NaN for good.
        var zeros = lows - lows;
        var rest = values;
        while (rest.Length >= Vector128<float>.Count)
        {
            Take(Vector128.Create(rest), ref lows, ref highs, ref zeros);
            rest = rest[Vector128<float>.Count..];
        }

        if (!rest.IsEmpty)
        {
            // Some of them for the second time.
            Take(Vector128.Create(values[^Vector128<float>.Count..]), ref lows, ref highs, ref zeros);
        }

        (lowest, highest) = (lows[0], highs[0]);
        for (var i = 1; i < Vector128<float>.Count; i++)
        {
            lowest = lows[i] < lowest ? lows[i] : lowest;
            highest = highs[i] > highest ? highs[i] : highest;
        }

        return zeros == Vector128<float>.Zero;
    }

    private static void Take(Vector128<float> values, ref Vector128<float> lows, ref Vector128<float> highs, ref Vector128<float> zeros)
    {
        lows = Vector128.MinNative(lows, values);
        highs = Vector128.MaxNative(highs, values);
        zeros += values - values;
    }
}
