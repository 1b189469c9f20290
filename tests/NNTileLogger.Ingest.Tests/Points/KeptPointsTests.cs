using System.Runtime.InteropServices;
using NNTileLogger.Ingest.Points;
using Xunit;

namespace NNTileLogger.Ingest.Tests.Points;

public sealed class KeptPointsTests
{
    private readonly PointMemory _memory = new(long.MaxValue);

    [Theory]
    [InlineData(1)]
    [InlineData(16)]
    [InlineData(KeptPoints.MostKept)]
    public void KeptPoints_FewPoints_AreAllKept(int count)
    {
        var kept = Keep(Series(count, Wave));

        Assert.True(kept.IsExact);
        Assert.Equal(Series(count, Wave), All(kept));
        Assert.Equal(count, kept.Count);
        Assert.Equal(All(kept)[0], kept.First);
        Assert.Equal(All(kept)[^1], kept.Last);
    }

    [Theory]
    [InlineData(KeptPoints.MostKept + 1)]
    [InlineData(5_000)]
    [InlineData(123_457)]
    [InlineData(3_000_000)]
    public void KeptPoints_ManyPoints_KeepExtremesAndEndsInOrder(int count)
    {
        var spike = (count * 2L / 3) + 1;
        var dip = count / 3;
        var series = Series(count, step => step == spike ? 1e6f : step == dip ? -1e6f : Wave(step));
        var kept = Keep(series);
        var points = All(kept);

        Assert.False(kept.IsExact);
        Assert.Equal(count, kept.Count);
        Assert.InRange(points.Length, KeptPoints.MostKept / 4, KeptPoints.MostKept + Bucket.MostPoints);
        Assert.Equal(series[0], points[0]);
        Assert.Equal(series[^1], points[^1]);
        Assert.Equal(series[0], kept.First);
        Assert.Equal(series[^1], kept.Last);
        Assert.Contains(series[(int)spike - 1], points);
        Assert.Contains(series[dip - 1], points);
        AssertAreOf(series, points);
    }

    [Theory]
    [InlineData(1_000, 1)]
    [InlineData(1_000, 2)]
    [InlineData(100_000, 1)]
    [InlineData(100_000, 70_000)]
    [InlineData(199_999, 2)]
    public void KeptPoints_RunOfNaN_KeepsItsEndsAndTheNumberBefore(int from, int length)
    {
        var series = Series(200_000, step => step >= from && step < from + length ? float.NaN : Wave(step));
        var points = All(Keep(series));

        Assert.Contains(series[from - 2], points);
        Assert.Contains(points, point => point.Step == from && float.IsNaN(point.Value));
        Assert.Contains(points, point => point.Step == from + length - 1 && float.IsNaN(point.Value));
        AssertAreOf(series, points);
    }

    [Fact]
    public void KeptPoints_InfinityAmongNaN_IsKeptAndIsNoExtreme()
    {
        var series = Series(50_000, step => step switch
        {
            20_000 or 20_002 => float.NaN,
            20_001 => float.PositiveInfinity,
            40_000 => float.NegativeInfinity,
            30_000 => 77,
            _ => Wave(step),
        });
        var points = All(Keep(series));

        Assert.Contains(points, point => point.Step == 20_001 && float.IsPositiveInfinity(point.Value));
        Assert.Contains(points, point => point.Step == 40_000 && float.IsNegativeInfinity(point.Value));
        Assert.Contains(series[30_000 - 1], points);
    }

    [Fact]
    public void KeptPoints_NaNAndNumbersInTurn_StayBounded()
    {
        var kept = Keep(Series(300_000, step => step % 2 == 0 ? float.NaN : step));

        Assert.InRange(All(kept).Length, 1, KeptPoints.MostKept + Bucket.MostPoints);
    }

    [Fact]
    public void KeptPoints_AllNaN_KeepTheirEnds()
    {
        var points = All(Keep(Series(10_000, _ => float.NaN)));

        Assert.Equal(1, points[0].Step);
        Assert.Equal(10_000, points[^1].Step);
    }

    [Fact]
    public void KeptPoints_ReadFromAWallTime_GiveOnlyLaterOnes()
    {
        foreach (var count in (int[])[100, 100_000])
        {
            var kept = Keep(Series(count, Wave));
            var all = All(kept);
            var cursor = all[all.Length / 2].WallTime;
            var later = new List<Point>();

            kept.CopyTo(later, cursor);

            Assert.Equal(all[((all.Length / 2) + 1)..], later);
        }
    }

    [Fact]
    public void KeptPoints_MemoryUsedUp_KeepAFewOfEachSeries()
    {
        var memory = new PointMemory(1_000);
        var series = Enumerable.Range(0, 100).Select(_ => Keep(Series(10_000, Wave), memory)).ToList();

        Assert.All(series, kept =>
        {
            var points = All(kept);
            Assert.InRange(points.Length, 4, 64);
            Assert.Equal(10_000, points[^1].Step);
        });
        Assert.InRange(memory.Used, 1, 100 * 1_000);

        series.ForEach(kept => kept.Clear());
        Assert.Equal(0, memory.Used);
    }

    [Fact]
    public void KeptPoints_TakenInTogether_AreThoseTakenInOneByOne()
    {
        var random = new Random(5);
        for (var round = 0; round < 20; round++)
        {
            var (one, many) = (new KeptPoints(_memory), new KeptPoints(_memory));
            var step = 1L;
            for (var block = 0; block < 300; block++)
            {
                var values = new float[random.Next(1, 200)];
                var batches = new List<Batch>();
                for (var at = 0; at < values.Length; at++)
                {
                    if (at == 0 || random.Next(1 + (block % 7)) == 1)
                    {
                        batches.Add(new Batch(step + at, 0));
                    }

                    batches[^1] = batches[^1] with { Count = batches[^1].Count + 1 };
                    values[at] = random.Next(1_000) switch { 0 => float.NaN, 1 => float.PositiveInfinity, _ => random.Next(1_000) };
                    one.Add(step + at, values[at], batches[^1].WallTime);
                }

                many.Add(step, values, CollectionsMarshal.AsSpan(batches));
                step += values.Length;
                Assert.Equal(one.Last, many.Last);
            }

            Assert.Equal(one.Count, many.Count);
            Assert.Equal(All(one), All(many));
        }
    }

    [Fact]
    public void KeptPoints_RandomSeries_KeepWhatEachBucketMust()
    {
        var random = new Random(7);
        for (var round = 0; round < 40; round++)
        {
            var count = random.Next(1, 60_000);
            var series = Series(count, _ => random.Next(200) == 0 ? float.NaN : random.NextSingle());
            var points = All(Keep(series));

            Assert.Equal(series[0], points[0]);
            Assert.Equal(series[^1], points[^1]);
            Assert.Equal(series.Max(point => float.IsNaN(point.Value) ? -1 : point.Value), points.Max(point => float.IsNaN(point.Value) ? -1 : point.Value));
            Assert.Equal(series.Min(point => float.IsNaN(point.Value) ? 2 : point.Value), points.Min(point => float.IsNaN(point.Value) ? 2 : point.Value));
            AssertAreOf(series, points);
        }
    }

    private KeptPoints Keep(Point[] series) => Keep(series, _memory);

    [Theory]
    [InlineData(100, 40)]
    [InlineData(1000, 1)]
    [InlineData(100_000, 99_999)]
    [InlineData(100_000, 99_000)]
    [InlineData(100_000, 50_000)]
    [InlineData(100_000, 2)]
    public void KeptPoints_GoneBackToAStep_HaveNothingOfBehindItAndGoOn(int count, long step)
    {
        var before = Series(count, Wave);
        var kept = Keep(before);

        Assert.True(kept.EraseFrom(step));

        Assert.All(All(kept), point => Assert.True(point.Step < step));
        Assert.Equal(step == 1 ? null : before[step - 2].Step, step == 1 ? kept.Last?.Step : Math.Max(kept.Last!.Value.Step, before[step - 2].Step));
        var after = Series(count, at => Wave(at) + 1000).Where(point => point.Step >= step).ToArray();
        foreach (var point in after)
        {
            Assert.False(kept.EraseFrom(point.Step));
            kept.Add(point.Step, point.Value, point.WallTime);
        }

        var all = All(kept);
        AssertAreOf([.. before.Where(point => point.Step < step), .. after], all);
        Assert.Equal(after[^1], all[^1]);
        Assert.Equal(all.Select(point => point.Step).Order().Distinct(), all.Select(point => point.Step));
    }

    [Fact]
    public void KeptPoints_AllGoneBack_BeginAnew()
    {
        var kept = Keep(Series(50_000, Wave));

        Assert.True(kept.EraseFrom(1));

        Assert.Equal((0L, true, null, null), (kept.Count, kept.IsExact, kept.First, kept.Last));
        kept.Add(1, 5, 1);
        Assert.Equal([new Point(1, 1, 5)], All(kept));
    }

    [Theory]
    [InlineData(64)]
    [InlineData(KeptPoints.LeastRoom)]
    public void KeptPoints_OfLessMemory_StillKeepExtremesAndEnds(int room)
    {
        var series = Series(100_000, step => step == 77_777 ? 1e6f : Wave(step));
        var kept = new KeptPoints(_memory, KeptPoints.MostOfFiles);
        foreach (var point in series)
        {
            kept.Add(point.Step, point.Value, point.WallTime);
        }

        Assert.InRange(All(kept).Length, KeptPoints.MostOfFiles / 4, KeptPoints.MostOfFiles);
        var used = _memory.Used;
        kept.ShrinkTo(room);

        Assert.Equal(PointRoom.BytesOf(room), _memory.Used);
        Assert.True(_memory.Used < used);
        var left = All(kept);
        Assert.Contains(series[77_776], left);
        Assert.Equal((series[0], series[^1]), (left[0], left[^1]));
        AssertAreOf(series, left);
    }

    private static KeptPoints Keep(Point[] series, PointMemory memory)
    {
        var kept = new KeptPoints(memory);
        foreach (var point in series)
        {
            kept.Add(point.Step, point.Value, point.WallTime);
        }

        return kept;
    }

    private static Point[] Series(int count, Func<long, float> value)
    {
        var series = new Point[count];
        for (var at = 0; at < count; at++)
        {
            series[at] = new Point(at + 1, 1_700_000_000 + (at * 0.5), value(at + 1));
        }

        return series;
    }

    private static float Wave(long step) => MathF.Sin(step * 0.01f);

    private static Point[] All(KeptPoints kept)
    {
        var points = new List<Point>();
        kept.CopyTo(points);
        return [.. points];
    }

    // Rising, none twice, none that was not there.
    private static void AssertAreOf(Point[] series, Point[] points)
    {
        for (var at = 0; at < points.Length; at++)
        {
            Assert.True(at == 0 || points[at].Step > points[at - 1].Step, $"Step {points[at].Step} comes after {points[Math.Max(0, at - 1)].Step}.");
            Assert.Equal(series[points[at].Step - 1], points[at]);
        }
    }
}
