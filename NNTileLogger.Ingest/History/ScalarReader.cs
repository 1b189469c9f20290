using System.Runtime.InteropServices;
using System.Text;
using NNTileLogger.Ingest.EventFiles;
using NNTileLogger.Ingest.Points;

namespace NNTileLogger.Ingest.History;

/// <summary>
/// Gives points of series of numbers: from memory where that has enough of them for what is asked for, else every point
/// from the files, and of a session at hand behind them what has not reached its files yet. Any thread.
/// </summary>
internal sealed class ScalarReader(LogDirectory root, FileTurns turns)
{
    /// <summary>A reduction with half of the points asked for shows what they would: it has every extreme.</summary>
    private const int Fair = 2;

    /// <summary>Points of series, sampled.</summary>
    /// <param name="entries">The series.</param>
    /// <param name="most">How many points of each at most; <see cref="int.MaxValue"/> for all.</param>
    /// <param name="gone">Set when nobody waits any more.</param>
    /// <returns>The points of each.</returns>
    public async Task<Point[][]> ReadAsync(List<CatalogEntry> entries, int most, CancellationToken gone)
    {
        var points = new Point[entries.Count][];
        var left = new List<int>();
        foreach (var session in Enumerable.Range(0, entries.Count).GroupBy(at => entries[at].Live?.Session))
        {
            if (session.Key is { } live)
            {
                FromMemory(live, entries, session, most, points, left);
            }
            else
            {
                foreach (var at in session)
                {
                    if (FromMemory(entries[at].File as ScalarSeries, most) is { } found)
                    {
                        points[at] = PointSampler.Sample(CollectionsMarshal.AsSpan(found), most);
                    }
                    else
                    {
                        left.Add(at);
                    }
                }
            }
        }

        if (left.Count > 0)
        {
            var read = await turns.RunAsync(() => left.ConvertAll(at => FromFiles(entries[at], most, gone)), gone);
            for (var at = 0; at < read.Count; at++)
            {
                points[left[at]] = read[at];
            }
        }

        return points;
    }

    /// <summary>The last steps and wall times of series; null for those that have no value.</summary>
    public static (long Step, double WallTime)?[] Last(List<CatalogEntry> entries)
    {
        var last = new (long, double)?[entries.Count];
        foreach (var session in Enumerable.Range(0, entries.Count).GroupBy(at => entries[at].Live?.Session))
        {
            if (session.Key is { } live)
            {
                using var view = live.Session.Runs.Look();
                foreach (var at in session)
                {
                    last[at] = entries[at].Live?.Kept.Last is { } point ? (point.Step, point.WallTime) : null;
                }
            }

            foreach (var at in session.Where(at => last[at] is null && entries[at].File is not null))
            {
                var file = entries[at].File!;
                lock (file.Run.Gate)
                {
                    last[at] = file.Last;
                }
            }
        }

        return last;
    }

    private static void FromMemory(
        MirroredSession session, List<CatalogEntry> entries, IEnumerable<int> places, int most, Point[][] points, List<int> left)
    {
        // Copied while the session waits, sampled while it goes on.
        var found = new List<(int At, long First, List<Point> Points)>();
        using (var view = session.Session.Runs.Look())
        {
            foreach (var at in places)
            {
                if (entries[at].Live is not { } series || !IsEnough(series.Kept, most))
                {
                    left.Add(at);
                    continue;
                }

                var kept = new List<Point>(series.Kept.Kept + Bucket.MostPoints);
                series.Kept.CopyTo(kept);
                found.Add((at, series.FirstStep, kept));
            }
        }

        foreach (var (at, first, kept) in found)
        {
            if (first == 1)
            {
                points[at] = PointSampler.Sample(CollectionsMarshal.AsSpan(kept), most);
            }
            else if (FromMemory(entries[at].File as ScalarSeries, most) is { } before)
            {
                // Of before a restart; what memory has is left to it.
                ExactScan.EraseFrom(before, first, point => point.Step);
                before.AddRange(kept);
                points[at] = PointSampler.Sample(CollectionsMarshal.AsSpan(before), most);
            }
            else
            {
                left.Add(at);
            }
        }
    }

    // Null where memory has too little; empty where there is no series.
    private static List<Point>? FromMemory(ScalarSeries? series, int most)
    {
        if (series is null)
        {
            return [];
        }

        lock (series.Run.Gate)
        {
            if (!IsEnough(series.Kept, most))
            {
                return null;
            }

            var points = new List<Point>(series.Kept.Kept + Bucket.MostPoints);
            series.Kept.CopyTo(points);
            return points;
        }
    }

    private static bool IsEnough(KeptPoints kept, int most) => kept.IsExact || (most < kept.Count && most <= (long)kept.Kept * Fair);

    // A series of any length takes a bounded memory, unless all of it is asked for.
    private Point[] FromFiles(CatalogEntry entry, int most, CancellationToken gone)
    {
        // First, so that nothing is missing between these and what the files have when they are read.
        var unwritten = entry.Live is { } live ? live.Session.Session.Runs.CopyUnwritten(live.Folder) : [];
        var points = new StretchReducer(most == int.MaxValue ? 0 : entry.Count);
        ExactScan.Read(LogScan.FilesOf(root.Path, entry.Run), entry.Tag, (in place, in value) =>
        {
            points.EraseFrom(place.Step);
            if (value.Kind == PayloadKind.Simple)
            {
                points.Add(new Point(place.Step, place.WallTime, value.Simple));
            }
            else if (value.Kind == PayloadKind.Tensor && TensorView.TryRead(value.Payload, out var tensor) && tensor.TryGetFloat(out var single))
            {
                points.Add(new Point(place.Step, place.WallTime, single));
            }
        }, gone);

        var wanted = Encoding.UTF8.GetBytes(entry.Tag);
        var last = points.LastStep ?? long.MinValue;
        foreach (var some in unwritten)
        {
            some.Read((tag, in point) =>
            {
                if (point.Step > last && tag.SequenceEqual(wanted))
                {
                    points.Add(point);
                }
            });
        }

        return points.Take(most);
    }
}
