using System.Net;
using NNTileLogger.Ingest.EventFiles;
using NNTileLogger.Ingest.Protocol;

namespace NNTileLogger.Ingest.Sessions;

/// <summary>
/// Decides for each connection whether it continues a session or begins one, and keeps those that may be continued.
/// Any thread.
/// </summary>
internal sealed partial class SessionRegistry(
    SessionStorage storage, EventWriter writer, TimeProvider time, ILogger<SessionRegistry> logger)
{
    // What is read so soon after the sessions of the last server are known may have been written while they were not.
    private static readonly TimeSpan _startIsOver = TimeSpan.FromSeconds(2.5);

    // Of trainings that ended while nothing could be written so many are shown until it can be; each takes memory.
    private const int MostUnwritten = 16;
    private static readonly TimeSpan _writtenPoll = TimeSpan.FromSeconds(1);

    private readonly Lock _gate = new();
    private readonly long _start = time.GetTimestamp();
    private readonly List<Session> _continuable = [];
    private readonly HashSet<Session> _atHand = [];
    private readonly List<Session> _unwritten = [];
    private readonly TaskCompletionSource _recovered = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long _recoveredAt;

    /// <summary>Completes when the sessions of the last server are known: no client is read before.</summary>
    public Task Recovered => _recovered.Task;

    /// <summary>Raised before the points of a session leave memory, on the thread that ends it.</summary>
    public event Action<Session>? Leaving;

    /// <summary>The sessions that are open, may be continued, or have ended and are in memory only.</summary>
    public Session[] AtHand()
    {
        lock (_gate)
        {
            return [.. _atHand];
        }
    }

    /// <summary>Adds the sessions that the last server left open or just lost.</summary>
    public void SetRecovered(IEnumerable<Session> sessions)
    {
        lock (_gate)
        {
            _continuable.AddRange(sessions);
            _atHand.UnionWith(_continuable);
            _recoveredAt = time.GetTimestamp();
        }

        _recovered.TrySetResult();
    }

    /// <summary>The session of a connection, chosen by its first message that holds a sample.</summary>
    /// <param name="peer">The client's address.</param>
    /// <param name="line">The line.</param>
    /// <param name="message">What it holds.</param>
    /// <param name="now">When it came.</param>
    /// <param name="timestamp">The same on the monotonic clock.</param>
    public Session Choose(IPAddress peer, ReadOnlySpan<byte> line, Message message, DateTimeOffset now, long timestamp)
    {
        var workers = Reconnection.WorkersOf(line, message);
        lock (_gate)
        {
            ForgetLost(timestamp);
            var fitting = _continuable.FindAll(session => Fits(session, peer, workers, message, timestamp));
            if (fitting is [var only])
            {
                _continuable.Remove(only);
                only.Continue();
                LogContinued(logger, only.Runs.Place.Name, peer);
                return only;
            }
        }

        var begun = Session.Begin(storage, peer, workers, now, timestamp);
        lock (_gate)
        {
            _atHand.Add(begun);
        }

        return begun;
    }

    /// <summary>
    /// Ends a session's connection: completes when all it sent is in its files, or in memory where those cannot be
    /// written.
    /// </summary>
    public async Task EndAsync(Session session, SessionEnd how)
    {
        session.End(how, time.GetUtcNow(), time.GetTimestamp());
        if (Reconnection.IsAbnormal(how))
        {
            lock (_gate)
            {
                _continuable.Add(session);
            }
        }

        await writer.FlushAsync(session.Runs, close: true);
        if (!Reconnection.IsAbnormal(how))
        {
            Forget(session);
        }

        LogEnded(logger, session.Runs.Place.Name, session.Peer, how);
    }

    private void ForgetLost(long timestamp) =>
        _continuable.RemoveAll(session =>
        {
            var isLost = time.GetElapsedTime(session.Break().End, timestamp) >= Reconnection.Window;
            if (isLost)
            {
                Forget(session);
            }

            return isLost;
        });

    private void Forget(Session session)
    {
        if (session.Runs.Place.Directory is not null)
        {
            LetGo(session);
            return;
        }

        Session? oldest = null;
        lock (_gate)
        {
            _unwritten.Add(session);
            if (_unwritten.Count > MostUnwritten)
            {
                oldest = _unwritten[0];
                _unwritten.RemoveAt(0);
            }
        }

        if (oldest is not null)
        {
            LetGo(oldest);
        }

        _ = ForgetOnceWrittenAsync(session);
    }

    private async Task ForgetOnceWrittenAsync(Session session)
    {
        do
        {
            await Task.Delay(_writtenPoll, time);
            lock (_gate)
            {
                if (!_unwritten.Contains(session))
                {
                    return;
                }
            }
        }
        while (session.Runs.Place.Directory is null);

        // The directory comes before the points.
        await writer.FlushAsync(session.Runs, close: true);
        bool isFirst;
        lock (_gate)
        {
            isFirst = _unwritten.Remove(session);
        }

        if (isFirst)
        {
            LetGo(session);
        }
    }

    private void LetGo(Session session)
    {
        session.Leave();
        Leaving?.Invoke(session);
        lock (_gate)
        {
            _atHand.Remove(session);
        }

        session.Runs.ReleaseKept();
    }

    private bool Fits(Session session, IPAddress peer, IReadOnlyList<string> workers, Message message, long timestamp)
    {
        var last = session.Break();
        return last.How is { } how
            && Reconnection.IsAbnormal(how)
            && session.Peer.Equals(peer)
            && session.Workers.SequenceEqual(workers, StringComparer.Ordinal)
            && Explains(message, last, how, timestamp);
    }

    private bool Explains(Message message, SessionBreak last, SessionEnd how, long timestamp)
    {
        if (last.IsLengthUnknown)
        {
            return Reconnection.Explains(message, TimeSpan.Zero, Reconnection.Window, how);
        }

        // Clients are let in, and not read, while the sessions of the last server are looked through.
        var arrival = time.GetElapsedTime(_recoveredAt, timestamp) <= _startIsOver ? Math.Min(_start, timestamp) : timestamp;
        return Reconnection.Explains(
            message, time.GetElapsedTime(last.LastMessage, arrival), time.GetElapsedTime(last.LastMessage, timestamp), how);
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Session {Session} is continued by its client, from {Peer}.")]
    private static partial void LogContinued(ILogger logger, string session, IPAddress peer);

    [LoggerMessage(Level = LogLevel.Information, Message = "Session {Session} from {Peer} has ended: {How}.")]
    private static partial void LogEnded(ILogger logger, string session, IPAddress peer, SessionEnd how);
}
