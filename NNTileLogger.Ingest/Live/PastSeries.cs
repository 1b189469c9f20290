using NNTileLogger.Ingest.Points;
using NNTileLogger.Ingest.Series;

namespace NNTileLogger.Ingest.Live;

/// <summary>
/// What the event files of a session hold, read once: its series, how many points they have, and a choice of these that
/// takes a bounded memory. Does not change once it is made; any thread.
/// </summary>
internal sealed class PastSeries
{
    /// <summary>For the points of one session; what does not fit is kept the coarser.</summary>
    private const long MostBytes = 32 << 20;

    private readonly Dictionary<(string Run, string Tag), KeptPoints> _series = [];
    private readonly PointMemory _memory = new(MostBytes);

    private PastSeries()
    {
    }

    /// <summary>Memory of its points.</summary>
    public long Bytes => _memory.Used;

    /// <summary>Points of all series.</summary>
    public long Count { get; private set; }

    /// <summary>Reads the files of a session.</summary>
    /// <param name="session">The session.</param>
    /// <param name="upTo">Only points up to this wall time.</param>
    /// <param name="cancellation">Ends the reading.</param>
    public static async Task<PastSeries> ReadAsync(LiveSession session, double upTo, CancellationToken cancellation)
    {
        var past = new PastSeries();
        await foreach (var block in ExactPoints.ReadAsync(session, folder: null, cancellation))
        {
            foreach (var (run, tag, point) in block)
            {
                if (point.WallTime <= upTo)
                {
                    past.Add(run, tag, point);
                }
            }
        }

        return past;
    }

    /// <summary>All series.</summary>
    public List<SeriesAnswer> ToAnswer() =>
        [.. _series.Select(series => new SeriesAnswer(
            series.Key.Run, series.Key.Tag, Measures.KindOf(series.Key.Run, series.Key.Tag), SeriesPoint.AnswerOf(series.Value.Last!.Value), series.Value.Last!.Value.Step))];

    /// <summary>What is kept of a series; null where there is none.</summary>
    public KeptPoints? Find(string run, string tag) => _series.GetValueOrDefault((run, tag));

    private void Add(string run, string tag, in Point point)
    {
        if (!_series.TryGetValue((run, tag), out var kept))
        {
            _series[(run, tag)] = kept = new KeptPoints(_memory);
        }

        // Steps rise; another program's file beside ours may have its own.
        if (kept.Last is not { } last || point.Step > last.Step)
        {
            kept.Add(point.Step, point.Value, point.WallTime);
            Count++;
        }
    }
}
