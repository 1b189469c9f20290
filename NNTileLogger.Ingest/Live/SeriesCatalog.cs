using System.Runtime.CompilerServices;
using System.Text;
using NNTileLogger.Ingest.EventFiles;
using NNTileLogger.Ingest.Points;
using NNTileLogger.Ingest.Series;

namespace NNTileLogger.Ingest.Live;

/// <summary>
/// Which series a session has, how many points they have and which ones a request is given: from memory where that has
/// what is asked for, else from the event files. Any thread.
/// </summary>
internal sealed class SeriesCatalog(LiveSessions sessions, PastSeriesCache past) : IDisposable
{
    /// <summary>What memory keeps of a long series is a fair choice of so many points.</summary>
    private const int FairChoice = 1000;

    private readonly SemaphoreSlim _turns = new(2);

    /// <summary>The series of a session.</summary>
    public async Task<List<SeriesAnswer>> SeriesAsync(LiveSession session, CancellationToken cancellation)
    {
        if (session.Open is not { } open)
        {
            return (await past.GetAsync(session, cancellation)).ToAnswer();
        }

        if (OfMemory(open.Runs) is not { } all)
        {
            return await SeriesAsync(Past(session), cancellation);
        }

        if (open.Runs.Restored.Points > 0)
        {
            // Those of before a restart that have not come again yet.
            var known = all.Select(series => (series.Run, series.Tag)).ToHashSet();
            all.AddRange((await past.GetAsync(session, cancellation)).ToAnswer().Where(series => !known.Contains((series.Run, series.Tag))));
        }

        return all;
    }

    /// <summary>Points of all series; of a session whose server was killed as many as are known without reading it.</summary>
    public long Count(LiveSession session) => session.Points ?? past.CountOf(session) ?? session.LeastPoints;

    /// <summary>Points of one series, no more than asked for.</summary>
    /// <param name="session">The session.</param>
    /// <param name="run">The run's name.</param>
    /// <param name="tag">The tag.</param>
    /// <param name="from">Only from this step on.</param>
    /// <param name="most">How many at most; 0 for all.</param>
    /// <param name="cancellation">Ends the reading.</param>
    /// <returns>Null where there is no such series.</returns>
    public async Task<IAsyncEnumerable<Point>?> PointsAsync(
        LiveSession session, string run, string tag, long from, int most, CancellationToken cancellation)
    {
        if (await KeptAsync(session, run, tag, cancellation) is not { } kept)
        {
            return null;
        }

        if (kept.IsExact || (from <= 1 && most is > 0 and <= FairChoice))
        {
            var points = kept.Points.Where(point => point.Step >= from).ToArray();
            return (most == 0 ? points : PointSampler.Sample(points, most)).ToAsyncEnumerable();
        }

        var stretch = FromFilesAsync(session, run, tag, from, cancellation);
        return most == 0 ? stretch : (await ReduceAsync(stretch, kept.Points[^1].Step - from + 1, most, cancellation)).ToAsyncEnumerable();
    }

    public void Dispose() => _turns.Dispose();

    // One that has left memory since it was found.
    private LiveSession Past(LiveSession session) => sessions.Find(session.Id) ?? session with { Open = null };

    // Null where the session has left memory.
    private static List<SeriesAnswer>? OfMemory(RunSet runs)
    {
        if (!runs.TryHoldKept())
        {
            return null;
        }

        try
        {
            return All(runs);
        }
        finally
        {
            runs.ReleaseKept();
        }
    }

    private static List<SeriesAnswer> All(RunSet runs)
    {
        var all = new List<SeriesAnswer>();
        using var view = runs.Look();
        foreach (var run in view.Runs)
        {
            var name = LiveSession.NameOf(run.Folder, run.Name);
            foreach (var series in run.Series)
            {
                if (series.Kept.Last is { } last)
                {
                    var tag = Encoding.UTF8.GetString(series.Tag);
                    all.Add(new SeriesAnswer(name, tag, Measures.KindOf(name, tag), SeriesPoint.AnswerOf(last), series.Step));
                }
            }
        }

        return all;
    }

    // What is kept in memory of a series; null where there is none.
    private async Task<KeptSeries?> KeptAsync(LiveSession session, string run, string tag, CancellationToken cancellation)
    {
        if (session.Open is not { } open)
        {
            return await OfFilesAsync(session, run, tag, cancellation);
        }

        if (!open.Runs.TryHoldKept())
        {
            return await KeptAsync(Past(session), run, tag, cancellation);
        }

        KeptSeries? now;
        try
        {
            now = OfMemory(open.Runs, run, tag);
        }
        finally
        {
            open.Runs.ReleaseKept();
        }

        var before = open.Runs.Restored.Points > 0 ? await OfFilesAsync(session, run, tag, cancellation) : null;
        return before is null || now is null
            ? now ?? before
            : new KeptSeries([.. before.Points, .. now.Points], before.IsExact && now.IsExact);
    }

    private async Task<KeptSeries?> OfFilesAsync(LiveSession session, string run, string tag, CancellationToken cancellation)
    {
        var read = await past.GetAsync(session, cancellation);
        return read.Find(run, tag) is { } kept ? KeptSeries.Of(kept) : null;
    }

    private static KeptSeries? OfMemory(RunSet runs, string run, string tag)
    {
        using var view = runs.Look();
        var series = view.Runs
            .Where(known => LiveSession.NameOf(known.Folder, known.Name) == run)
            .Select(known => known.FindSeries(Encoding.UTF8.GetBytes(tag)))
            .FirstOrDefault(known => known is not null);
        return series is { Kept.Count: > 0 } ? KeptSeries.Of(series.Kept) : null;
    }

    private async Task<Point[]> ReduceAsync(IAsyncEnumerable<Point> stretch, long count, int most, CancellationToken cancellation)
    {
        await _turns.WaitAsync(cancellation);
        try
        {
            var reducer = new StretchReducer(count);
            await foreach (var point in stretch.WithCancellation(cancellation))
            {
                reducer.Add(point);
            }

            return reducer.Take(most);
        }
        finally
        {
            _turns.Release();
        }
    }

    private static async IAsyncEnumerable<Point> FromFilesAsync(
        LiveSession session, string run, string tag, long from, [EnumeratorCancellation] CancellationToken cancellation)
    {
        await foreach (var block in ExactPoints.ReadAsync(session, session.FolderOf(run), cancellation))
        {
            foreach (var point in block)
            {
                if (point.Tag == tag && point.Point.Step >= from)
                {
                    yield return point.Point;
                }
            }
        }
    }

    /// <summary>The points that memory has of a series.</summary>
    /// <param name="Points">They.</param>
    /// <param name="IsExact">True where they are all there are.</param>
    private sealed record KeptSeries(Point[] Points, bool IsExact)
    {
        public static KeptSeries Of(KeptPoints kept)
        {
            var points = new List<Point>();
            kept.CopyTo(points);
            return new KeptSeries([.. points], kept.IsExact);
        }
    }
}
