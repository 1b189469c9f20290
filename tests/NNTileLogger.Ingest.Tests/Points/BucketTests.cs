using NNTileLogger.Ingest.Points;
using Xunit;

namespace NNTileLogger.Ingest.Tests.Points;

/// <summary>What stays of the points of a bucket, beside the plainest way to say it.</summary>
public sealed class BucketTests
{
    [Fact]
    public void Choose_OfNumbers_IsTheFirstLowestTheFirstHighestAndTheLast()
    {
        var random = new Random(3);
        for (var round = 0; round < 5_000; round++)
        {
            Point[] points = [.. Enumerable.Range(0, random.Next(1, 40)).Select(k => new Point(k + 1, k, random.Next(12)))];
            var start = random.Next(points.Length);
            var end = random.Next(start + 1, points.Length + 1);

            Assert.Equal(Wanted(points, start, end), Chosen(points, start, end));
        }
    }

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    public void Choose_BesideWhatIsNoNumber_KeepsTheNumberBeforeIt(float odd)
    {
        Point[] points = [.. ((float[])[1, 3, 2, 2.5f, odd, 2, odd]).Select((value, k) => new Point(k + 1, k, value))];

        Assert.Equal([0, 1, 3], Chosen(points, 0, 4));
        Assert.Equal([3, 4], Chosen(points, 3, 5));
        Assert.Equal([5], Chosen(points, 5, 6));
        Assert.Equal([4, 5, 6], Chosen(points, 4, 7));
    }

    [Fact]
    public void OpenBucket_OfNumbers_IsWhatWouldBeChosenOfThem()
    {
        var random = new Random(4);
        for (var round = 0; round < 5_000; round++)
        {
            // The first is the one before the bucket.
            Point[] points = [.. Enumerable.Range(0, random.Next(2, 40)).Select(k => new Point(k + 1, k, random.Next(12)))];
            var open = default(OpenBucket);
            open.Begin(points.Length - 1, before: points[0]);
            foreach (var point in points[1..])
            {
                open.Add(point);
            }

            var gathered = new Point[Bucket.MostPoints];
            Assert.Equal(Wanted(points, 1, points.Length).Select(place => points[place]), gathered[..open.Gather(gathered)]);
        }
    }

    private static int[] Wanted(Point[] points, int start, int end)
    {
        int[] places = [.. Enumerable.Range(start, end - start)];
        return [.. ((int[])[places.MinBy(place => points[place].Value), places.MaxBy(place => points[place].Value), end - 1, start == 0 ? 0 : end - 1]).Distinct().Order()];
    }

    private static int[] Chosen(Point[] points, int start, int end)
    {
        var places = new int[Bucket.MostPoints];
        return places[..Bucket.Choose(points, start, end, places)];
    }
}
