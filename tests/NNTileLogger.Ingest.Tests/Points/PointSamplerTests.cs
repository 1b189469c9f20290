using NNTileLogger.Ingest.Points;
using Xunit;

namespace NNTileLogger.Ingest.Tests.Points;

public sealed class PointSamplerTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(1_000)]
    public void Sample_NoMorePointsThanAsked_GivesAll(int count) =>
        Assert.Equal(Series(count), PointSampler.Sample(Series(count), Math.Max(count, 10)));

    [Fact]
    public void Sample_AnyNumberAskedFor_IsNeverExceeded()
    {
        var random = new Random(3);
        foreach (var nans in (int[])[2, 50, 100_000])
        {
            var series = Series(20_000, _ => random.Next(nans) == 0 ? float.NaN : random.NextSingle());
            for (var most = 0; most < 300; most++)
            {
                var sample = PointSampler.Sample(series, most);
                Assert.True(sample.Length <= most, $"{sample.Length} points where {most} were asked for.");
                Assert.Equal(sample.OrderBy(point => point.Step), sample);
                Assert.Equal(sample.Length, sample.DistinctBy(point => point.Step).Count());
                if (most > 0)
                {
                    Assert.Equal(series[^1], sample[^1]);
                }

                if (most > 1)
                {
                    Assert.Equal(series[0], sample[0]);
                }
            }
        }
    }

    [Theory]
    [InlineData(10)]
    [InlineData(100)]
    [InlineData(1_000)]
    public void Sample_SpikesAndNaN_AreKept(int most)
    {
        var series = Series(50_000, step => step switch
        {
            12_345 => 9_999,
            43_210 => -9_999,
            >= 30_000 and < 31_000 => float.NaN,
            _ => MathF.Sin(step),
        });

        var sample = PointSampler.Sample(series, most);

        Assert.Contains(series[12_345 - 1], sample);
        Assert.Contains(series[43_210 - 1], sample);
        Assert.Contains(sample, point => point.Step == 30_000);
        Assert.Contains(sample, point => point.Step == 30_999);
    }

    [Fact]
    public void Sample_ManyPoints_UsesWhatIsAskedFor() =>
        Assert.InRange(PointSampler.Sample(Series(100_000, step => MathF.Sin(step * step)), 1_000).Length, 900, 1_000);

    private static Point[] Series(int count) => Series(count, step => step);

    private static Point[] Series(int count, Func<long, float> value) =>
        [.. Enumerable.Range(1, count).Select(step => new Point(step, 1_700_000_000 + step, value(step)))];
}
