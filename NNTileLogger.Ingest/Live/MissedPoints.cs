using NNTileLogger.Ingest.Points;

namespace NNTileLogger.Ingest.Live;

/// <summary>
/// What a watcher who comes back has missed and memory does not have any more: of the event files, reduced and encoded
/// once for all who come back at that place, as after a restart of the server. Any thread.
/// </summary>
internal sealed class MissedPoints(IHostApplicationLifetime lifetime) : IDisposable
{
    /// <summary>For the points of one answer while it is made; what does not fit is kept the coarser.</summary>
    private const long MostBytes = 8 << 20;

    private const int MostRemembered = 2;

    private readonly Lock _gate = new();
    private readonly SemaphoreSlim _turn = new(1);
    private readonly Queue<(string Key, Task<IReadOnlyList<byte[]>> Reading)> _remembered = new();

    /// <summary>The points between two wall times, as JSON in parts.</summary>
    /// <param name="session">The session.</param>
    /// <param name="after">Only what came behind this.</param>
    /// <param name="upTo">And up to this.</param>
    /// <param name="cancellation">Ends the waiting for them.</param>
    public async Task<IReadOnlyList<byte[]>> BetweenAsync(LiveSession session, double after, double upTo, CancellationToken cancellation)
    {
        var key = $"{session.Id} {session.End:O} {after:R} {upTo:R}";
        Task<IReadOnlyList<byte[]>>? reading;
        lock (_gate)
        {
            reading = _remembered.FirstOrDefault(known => known.Key == key).Reading;
            if (reading is null or { IsFaulted: true })
            {
                reading = ReadAsync(session, after, upTo);
                _remembered.Enqueue((key, reading));
                if (_remembered.Count > MostRemembered)
                {
                    _remembered.Dequeue();
                }
            }
        }

        return await reading.WaitAsync(cancellation);
    }

    public void Dispose() => _turn.Dispose();

    // Others may wait for it too: it goes on when the one who asked first has gone.
    private async Task<IReadOnlyList<byte[]>> ReadAsync(LiveSession session, double after, double upTo)
    {
        await Task.Yield();
        await _turn.WaitAsync(lifetime.ApplicationStopping);
        try
        {
            var memory = new PointMemory(MostBytes);
            var missed = new Dictionary<(string Run, string Tag), KeptPoints>();
            await foreach (var block in ExactPoints.ReadAsync(session, folder: null, lifetime.ApplicationStopping, after))
            {
                foreach (var (run, tag, point) in block)
                {
                    if (point.WallTime > after && point.WallTime <= upTo)
                    {
                        if (!missed.TryGetValue((run, tag), out var points))
                        {
                            missed[(run, tag)] = points = new KeptPoints(memory);
                        }

                        points.Add(point.Step, point.Value, point.WallTime);
                    }
                }
            }

            return Encode(missed);
        }
        finally
        {
            _turn.Release();
        }
    }

    private static IReadOnlyList<byte[]> Encode(Dictionary<(string Run, string Tag), KeptPoints> missed)
    {
        using var json = new StreamJson();
        var points = new List<Point>();
        foreach (var ((run, tag), kept) in missed)
        {
            points.Clear();
            kept.CopyTo(points);
            json.Add(SeriesNames.Of(run, tag), System.Runtime.InteropServices.CollectionsMarshal.AsSpan(points));
        }

        return json.Take();
    }
}
