using System.Text;
using NNTileLogger.Ingest.EventFiles;
using NNTileLogger.Ingest.Points;
using NNTileLogger.Ingest.Sessions;

namespace NNTileLogger.Ingest.Live;

/// <summary>
/// Reads what is new in one session, ten times a second while somebody watches, and encodes it once: ingest pays the
/// same for one browser and for fifty. One task of its own; watchers call from any thread.
/// </summary>
internal sealed class StreamPump : IDisposable
{
    /// <summary>Between two looks; a person sees 200 ms, and this is half of it.</summary>
    public static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);

    /// <summary>Points of one series that a watcher who comes back is given at most; more are reduced.</summary>
    private const int MostPoints = 256;

    /// <summary>More points than this between two looks are a flood: more than a screen shows.</summary>
    private const int Flood = 2000;

    // Of a flood each series keeps its extremes and ends, and two batches a second are enough: encoding and sending
    // them is taken from ingest.
    private const int MostOfFlood = 600;
    private const int LeastOfSeries = 4;
    private const int LooksSkippedInFlood = 4;

    // Who is less far behind gets the same batches as all others.
    private const int RecentBatches = 16;

    // Looking for those who are further behind holds up ingest: it may take so many parts of the time.
    private const int CatchUpShare = 10;

    private readonly Session _session;
    private readonly TimeProvider _time;
    private readonly Lock _gate = new();
    private readonly Queue<StreamBatch> _recent = new();
    private readonly Dictionary<SeriesWriter, SeriesNames> _names = [];
    private readonly StreamJson _json = new();
    private readonly SemaphoreSlim _catchUpTurn = new(1);
    private volatile StreamBatch _latest;
    private long _nextCatchUp;
    private bool _isDisposed;

    public StreamPump(Session session, TimeProvider time)
    {
        _session = session;
        _time = time;
        lock (session.Runs.Gate)
        {
            _latest = new StreamBatch(session.Runs.LastWallTime, session.Runs.LastWallTime, [], isLast: false);
        }
    }

    /// <summary>Who watches; guarded by <see cref="LiveStreams"/>.</summary>
    public int Watchers { get; set; }

    public StreamBatch Latest => _latest;

    /// <summary>Looks until it is told to stop.</summary>
    public async Task RunAsync(CancellationToken stop)
    {
        using var timer = new PeriodicTimer(Pause, _time);
        try
        {
            var skip = 0;
            while (await timer.WaitForNextTickAsync(stop))
            {
                if (skip-- <= 0)
                {
                    skip = Look(isLast: false) > Flood ? LooksSkippedInFlood : 0;
                }
            }
        }
        catch (OperationCanceledException)
        {
            // Nobody watches any more, or the server stops.
        }
    }

    /// <summary>Takes the last points before the session goes from memory.</summary>
    public void Finish() => Look(isLast: true);

    /// <summary>The batch that goes on behind a wall time; null where that is too long ago.</summary>
    public StreamBatch? Following(double after)
    {
        lock (_gate)
        {
            return _recent.FirstOrDefault(batch => batch.After <= after && batch.UpTo > after);
        }
    }

    /// <summary>
    /// All that came behind a wall time, for a watcher that is further behind. Such watchers wait for each other:
    /// together they take no more than a tenth of the time.
    /// </summary>
    /// <param name="after">The wall time.</param>
    /// <param name="isSlow">It was here all the time and cannot follow: it is given less.</param>
    /// <param name="gone">Set when it is gone.</param>
    public async Task<StreamBatch> CatchUpAsync(double after, bool isSlow, CancellationToken gone)
    {
        await _catchUpTurn.WaitAsync(gone);
        try
        {
            var wait = _time.GetElapsedTime(_time.GetTimestamp(), _nextCatchUp);
            if (wait > TimeSpan.Zero)
            {
                await Task.Delay(wait, _time, gone);
            }

            var start = _time.GetTimestamp();
            var batch = CatchUp(after, isSlow);
            var end = _time.GetTimestamp();
            _nextCatchUp = end + ((end - start) * (CatchUpShare - 1));
            return batch;
        }
        finally
        {
            _catchUpTurn.Release();
        }
    }

    /// <summary>Ends it; nobody watches any more.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            _isDisposed = true;
            _json.Dispose();
            _catchUpTurn.Dispose();
        }
    }

    private StreamBatch CatchUp(double after, bool isSlow)
    {
        lock (_gate)
        {
            var (parts, upTo, _) = Collect(after, isReduced: isSlow);
            return new StreamBatch(after, upTo, parts, isLast: false);
        }
    }

    // Gives how many points there were before they were reduced.
    private int Look(bool isLast)
    {
        lock (_gate)
        {
            var before = _latest;
            if (before.IsLast || _isDisposed)
            {
                return 0;
            }

            var (parts, upTo, found) = Collect(before.UpTo, isReduced: true);
            if (found > 0 || isLast)
            {
                _latest = new StreamBatch(before.UpTo, upTo, parts, isLast);
                if (_recent.Count == RecentBatches)
                {
                    _recent.Dequeue();
                }

                _recent.Enqueue(_latest);
                before.Follow();
            }

            return found;
        }
    }

    private (IReadOnlyList<byte[]> Parts, double UpTo, int Found) Collect(double after, bool isReduced)
    {
        var found = new List<(SeriesWriter Series, Point[] Points)>();
        double upTo;
        var count = 0;
        var scratch = new List<Point>();
        using (var view = _session.Runs.Look())
        {
            upTo = Math.Max(after, _session.Runs.LastWallTime);
            foreach (var run in view.Runs)
            {
                foreach (var series in run.Series)
                {
                    if (series.Kept.Last?.WallTime > after)
                    {
                        scratch.Clear();
                        series.Kept.CopyTo(scratch, after);
                        found.Add((series, [.. scratch]));
                        count += scratch.Count;
                    }
                }
            }
        }

        var most = isReduced && count > Flood ? Math.Clamp(MostOfFlood / found.Count, LeastOfSeries, MostPoints) : MostPoints;
        foreach (var (series, points) in found)
        {
            _json.Add(NamesOf(series), points.Length <= most ? points : PointSampler.Sample(points, most));
        }

        return (_json.Take(), upTo, count);
    }

    private SeriesNames NamesOf(SeriesWriter series)
    {
        if (!_names.TryGetValue(series, out var names))
        {
            names = SeriesNames.Of(LiveSession.NameOf(series.Run.Folder, series.Run.Name), Encoding.UTF8.GetString(series.Tag));
            _names.Add(series, names);
        }

        return names;
    }
}
