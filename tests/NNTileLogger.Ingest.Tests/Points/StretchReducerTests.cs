using NNTileLogger.Ingest.Points;
using Xunit;

namespace NNTileLogger.Ingest.Tests.Points;

/// <summary>Long stretches in a bounded memory.</summary>
public sealed class StretchReducerTests
{
    [Theory]
    [InlineData(0, 5)]
    [InlineData(10, 1)]
    [InlineData(200_000, 1)]
    [InlineData(200_000, 100_003)]
    [InlineData(200_000, 199_999)]
    public void Stretch_GoneBackToAStep_HasNothingOfBehindItAndGoesOn(int count, long back)
    {
        var reducer = new StretchReducer(count);
        for (var step = 1; step <= count; step++)
        {
            reducer.Add(new Point(step, step, step == count - 1 ? 1e9f : step));
        }

        reducer.EraseFrom(back);
        // Of the bucket in the midst of which it went back the last point may be gone.
        var last = Math.Min(count, back - 1);
        Assert.InRange(reducer.LastStep ?? 0, last - (count / StretchReducer.MostBuckets) - 1, last);
        var next = last + 1;
        for (var step = next; step < next + 50_000; step++)
        {
            reducer.Add(new Point(step, step, step == next + 7_777 ? -1e9f : -step));
        }

        var points = reducer.Take(100_000);
        Assert.Equal(points.Select(point => point.Step).Distinct().Order(), points.Select(point => point.Step));
        Assert.Equal((1, next + 49_999), (points[0].Step, points[^1].Step));
        Assert.All(points, point => Assert.True(point.Step >= next == point.Value < 0, $"step {point.Step} has {point.Value}"));
        Assert.Contains(points, point => point is { Value: -1e9f });
        Assert.InRange(points.Length, 1, 4 * StretchReducer.MostBuckets);
    }

    [Fact]
    public void Stretch_KeptWhole_IsEveryPoint()
    {
        var reducer = new StretchReducer(0);
        for (var step = 1; step <= 100_000; step++)
        {
            reducer.Add(new Point(step, step, step));
        }

        Assert.Equal(100_000, reducer.Take(int.MaxValue).Length);
    }
}
