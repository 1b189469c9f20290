using System.Globalization;
using System.Net.ServerSentEvents;
using System.Runtime.CompilerServices;
using NNTileLogger.Ingest.Sessions;

namespace NNTileLogger.Ingest.Live;

/// <summary>
/// The streams of server-sent events: one pump for each watched session, and for each watcher a place in it. Ends them
/// all when the server stops. Any thread.
/// </summary>
internal sealed class LiveStreams
{
    private const string EndEvent = "end";

    private static readonly TimeSpan _heartbeat = TimeSpan.FromSeconds(15);

    private readonly Lock _gate = new();
    private readonly Dictionary<Session, (StreamPump Pump, CancellationTokenSource Stop)> _pumps = [];
    private readonly MissedPoints _missed;
    private readonly TimeProvider _time;
    private readonly CancellationToken _stopping;

    public LiveStreams(SessionRegistry registry, MissedPoints missed, TimeProvider time, IHostApplicationLifetime lifetime)
    {
        _missed = missed;
        _time = time;
        _stopping = lifetime.ApplicationStopping;
        registry.Leaving += Finish;
    }

    /// <summary>The events of one watcher, until it goes, its session is over, or the server stops.</summary>
    /// <param name="session">The session.</param>
    /// <param name="after">The wall time of the last event it has; null for a new watcher.</param>
    /// <param name="gone">Set when the watcher is gone.</param>
    public async IAsyncEnumerable<SseItem<byte[]>> WatchAsync(
        LiveSession session, double? after, [EnumeratorCancellation] CancellationToken gone)
    {
        using var end = CancellationTokenSource.CreateLinkedTokenSource(gone, _stopping);
        var cursor = after ?? double.PositiveInfinity;
        if (session.Open is not { } open)
        {
            // Its last message: who comes back to it then has missed nothing more.
            var last = Math.Max(after ?? 0, session.LastMessage.ToUnixTimeMilliseconds() / 1000.0);
            foreach (var item in Items(after is null ? [] : await _missed.BetweenAsync(session, cursor, double.PositiveInfinity, end.Token), last))
            {
                yield return item;
            }

            yield return End();
            yield break;
        }

        if (cursor < open.Runs.Restored.LastWallTime)
        {
            // What came before this server is in the files only.
            var missed = await _missed.BetweenAsync(session, cursor, open.Runs.Restored.LastWallTime, end.Token);
            cursor = open.Runs.Restored.LastWallTime;
            foreach (var item in Items(missed, cursor))
            {
                yield return item;
            }
        }

        var pump = Join(open);
        try
        {
            // The headers go out, and the watcher has a place to come back to.
            cursor = Math.Min(cursor, pump.Latest.UpTo);
            yield return Item(StreamJson.Empty, cursor);
            var isSlow = false;
            while (!end.IsCancellationRequested)
            {
                var latest = pump.Latest;
                if (cursor < latest.UpTo)
                {
                    var (parts, upTo) = await NextAsync(session, pump, latest, cursor, isSlow, end.Token);
                    cursor = upTo;
                    foreach (var item in Items(parts, cursor))
                    {
                        yield return item;
                    }
                }
                else if (latest.IsLast)
                {
                    yield return End();
                    yield break;
                }
                else if (!await IsFollowedAsync(latest, end.Token) && !end.IsCancellationRequested)
                {
                    yield return Item(StreamJson.Empty, cursor);
                }

                isSlow = true;
            }
        }
        finally
        {
            Leave(open);
        }
    }

    // The same as all others get; where the watcher is too far behind, one batch in place of those it missed.
    private async Task<(IReadOnlyList<byte[]> Parts, double UpTo)> NextAsync(
        LiveSession session, StreamPump pump, StreamBatch latest, double cursor, bool isSlow, CancellationToken end)
    {
        if (pump.Following(cursor) is { } following)
        {
            return (following.Parts, following.UpTo);
        }

        if (!latest.IsLast)
        {
            var caughtUp = await pump.CatchUpAsync(cursor, isSlow, end);
            latest = pump.Latest;
            if (!latest.IsLast)
            {
                return (caughtUp.Parts, caughtUp.UpTo);
            }
        }

        // The session has left memory meanwhile.
        return (await _missed.BetweenAsync(session, cursor, double.PositiveInfinity, end), latest.UpTo);
    }

    private async Task<bool> IsFollowedAsync(StreamBatch batch, CancellationToken end)
    {
        try
        {
            await batch.Followed.WaitAsync(_heartbeat, _time, end);
            return true;
        }
        catch (Exception e) when (e is TimeoutException or OperationCanceledException)
        {
            return false;
        }
    }

    private StreamPump Join(Session session)
    {
        StreamPump pump;
        lock (_gate)
        {
            if (!_pumps.TryGetValue(session, out var running))
            {
                running = (new StreamPump(session, _time), CancellationTokenSource.CreateLinkedTokenSource(_stopping));
                _pumps.Add(session, running);
                _ = running.Pump.RunAsync(running.Stop.Token);
            }

            pump = running.Pump;
            pump.Watchers++;
        }

        if (session.IsLeaving)
        {
            // Its end has perhaps been told to all who were here before.
            pump.Finish();
        }

        return pump;
    }

    private void Leave(Session session)
    {
        lock (_gate)
        {
            var running = _pumps[session];
            if (--running.Pump.Watchers == 0)
            {
                _pumps.Remove(session);
                running.Stop.Cancel();
                running.Stop.Dispose();
                running.Pump.Dispose();
            }
        }
    }

    private void Finish(Session session)
    {
        StreamPump? pump;
        lock (_gate)
        {
            pump = _pumps.GetValueOrDefault(session).Pump;
        }

        pump?.Finish();
    }

    // Only the last one has a place to come back to: who loses the connection in between is given all of them again.
    private static IEnumerable<SseItem<byte[]>> Items(IReadOnlyList<byte[]> parts, double cursor) =>
        parts.Count == 0
            ? [Item(StreamJson.Empty, cursor)]
            : parts.Select((part, index) => index == parts.Count - 1 ? Item(part, cursor) : new SseItem<byte[]>(part));

    private static SseItem<byte[]> Item(byte[] data, double cursor) =>
        new(data) { EventId = cursor.ToString("R", CultureInfo.InvariantCulture) };

    private static SseItem<byte[]> End() => new(StreamJson.Empty, EndEvent);
}
