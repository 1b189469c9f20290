namespace NNTileLogger.Ingest.Points;

/// <summary>
/// Reduces a series to what a request can take, so that nothing is hidden that a person would look for: each bucket
/// keeps its lowest, highest and last point, and the series its ends and the edges of what is no number. The one
/// reduction for all that serves points. Any thread.
/// </summary>
internal static class PointSampler
{
    private const int PointsOfBucket = 3;

    /// <summary>Gives all points where there are not too many, else a choice of them in their order.</summary>
    /// <param name="points">The points of one series.</param>
    /// <param name="most">How many may be given; the last one is given first, then the first.</param>
    public static Point[] Sample(ReadOnlySpan<Point> points, int most)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(most);
        if (points.Length <= most)
        {
            return points.ToArray();
        }

        switch (most)
        {
            case 0:
                return [];
            case 1:
                return [points[^1]];
            case < PointsOfBucket + 1:
                return [points[0], .. Ends(points, most - 2), points[^1]];
        }

        var chosen = new List<Point>(most + Bucket.MostPoints);
        for (var buckets = (most - 1) / PointsOfBucket; buckets > 0; buckets = Fewer(buckets, chosen.Count, most))
        {
            chosen.Clear();
            Fill(points, buckets, chosen);
            if (chosen.Count <= most)
            {
                return [.. chosen];
            }
        }

        // One bucket with more edges than asked for: the first of them tell when it began.
        return [.. chosen.Take(most - 1), points[^1]];
    }

    private static void Fill(ReadOnlySpan<Point> points, int buckets, List<Point> chosen)
    {
        Span<int> places = stackalloc int[Bucket.MostPoints];
        var start = 0;
        for (var bucket = 1; bucket <= buckets; bucket++)
        {
            var end = (int)((long)points.Length * bucket / buckets);
            var count = Bucket.Choose(points, start, end, places);
            foreach (var place in places[..count])
            {
                chosen.Add(points[place]);
            }

            start = end;
        }
    }

    private static int Fewer(int buckets, int found, int most) =>
        Math.Min(buckets - 1, (int)((long)buckets * most / Math.Max(found, 1)));

    private static Point[] Ends(ReadOnlySpan<Point> points, int room)
    {
        if (room == 0)
        {
            return [];
        }

        Span<int> places = stackalloc int[Bucket.MostPoints];
        var count = Bucket.Choose(points, 0, points.Length, places);
        return count > 2 ? [points[places[1]]] : [];
    }
}
