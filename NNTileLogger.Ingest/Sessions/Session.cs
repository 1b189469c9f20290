using System.Net;
using NNTileLogger.Ingest.EventFiles;

namespace NNTileLogger.Ingest.Sessions;

/// <summary>
/// One training program's stay, reconnections included. At most one connection uses it at a time; its state is guarded
/// by the lock of its <see cref="Runs"/>, as the writer thread reads it for session.json.
/// </summary>
internal sealed class Session
{
    private readonly DateTimeOffset _start;
    private readonly string _peer;
    private int _connections;
    private DateTimeOffset _lastMessage;
    private long _lastMessageTimestamp;
    private DateTimeOffset? _end;
    private long _endTimestamp;
    private SessionEnd? _howEnded;
    private bool _isOutageUnknown;
    private volatile bool _isLeaving;

    private Session(IPAddress peer, IReadOnlyList<string> workers, DateTimeOffset start)
    {
        Peer = peer;
        _peer = peer.ToString();
        Workers = workers;
        _start = start;
    }

    /// <summary>The client's address, an IPv4 one as such.</summary>
    public IPAddress Peer { get; }

    /// <summary>The workers of the first message.</summary>
    public IReadOnlyList<string> Workers { get; }

    public RunSet Runs { get; private init; } = null!;

    /// <summary>True from before <see cref="SessionRegistry.Leaving"/> is raised for it: who comes later hears of it here. Any thread.</summary>
    public bool IsLeaving => _isLeaving;

    /// <summary>Begins a new one.</summary>
    public static Session Begin(SessionStorage storage, IPAddress peer, IReadOnlyList<string> workers, DateTimeOffset now, long timestamp)
    {
        Session session = null!;
        session = new Session(peer, workers, now)
        {
            Runs = storage.NewRuns(peer, now, () => session.Record().ToJson()),
            _connections = 1,
            _lastMessage = now,
            _lastMessageTimestamp = timestamp,
        };
        return session;
    }

    /// <summary>Makes the session that a directory holds, with no connection.</summary>
    /// <param name="storage">Makes its runs.</param>
    /// <param name="directory">The directory.</param>
    /// <param name="record">What its session.json says.</param>
    /// <param name="restored">What its event files say.</param>
    /// <param name="now">The time.</param>
    /// <param name="timestamp">The same on the monotonic clock.</param>
    public static Session Restore(
        SessionStorage storage, string directory, SessionRecord record, RestoredSteps restored, DateTimeOffset now, long timestamp)
    {
        Session session = null!;
        var last = LastMessageOf(record, restored);
        var end = record.End ?? last;
        session = new Session(IPAddress.Parse(record.Peer), record.Workers, record.Start)
        {
            Runs = storage.RestoredRuns(directory, record, restored, () => session.Record().ToJson()),
            _connections = record.Connections,
            _lastMessage = last,
            _lastMessageTimestamp = timestamp - storage.Ticks(now - last),
            _end = end,
            // Where the clock was set back meanwhile, nobody knows when that was.
            _endTimestamp = Math.Min(timestamp, timestamp - storage.Ticks(now - end)),
            _isOutageUnknown = now < last || now < end,
            _howEnded = record.HowEnded ?? SessionEnd.ServerCrashed,
        };
        return session;
    }

    /// <summary>The later of what the two kinds of files know.</summary>
    public static DateTimeOffset LastMessageOf(SessionRecord record, RestoredSteps restored)
    {
        var last = WallTime.FromWallTime(restored.LastWallTime);
        return last > record.LastMessage ? last : record.LastMessage;
    }

    /// <summary>Notes a message. Under the lock of the runs.</summary>
    /// <param name="now">When it came.</param>
    /// <param name="timestamp">The same on the monotonic clock.</param>
    public void MessageCame(DateTimeOffset now, long timestamp)
    {
        _lastMessage = now;
        _lastMessageTimestamp = timestamp;
        _isOutageUnknown = false;
    }

    /// <summary>What tells whether a new connection continues the session.</summary>
    public SessionBreak Break()
    {
        lock (Runs.Gate)
        {
            return new SessionBreak(_howEnded, _lastMessageTimestamp, _endTimestamp, _isOutageUnknown);
        }
    }

    /// <summary>Notes that its connection has ended; session.json and the steps follow with the next flush.</summary>
    /// <param name="how">How it ended.</param>
    /// <param name="now">When.</param>
    /// <param name="timestamp">The same on the monotonic clock.</param>
    public void End(SessionEnd how, DateTimeOffset now, long timestamp)
    {
        lock (Runs.Gate)
        {
            (_howEnded, _end, _endTimestamp) = (how, now, timestamp);
        }

        Runs.Place.Checkpoint = how == SessionEnd.Ended ? CheckpointNeed.Never : CheckpointNeed.Now;
        Runs.Place.StateChanged();
    }

    /// <summary>Notes that another connection goes on with it.</summary>
    public void Continue()
    {
        lock (Runs.Gate)
        {
            (_howEnded, _end) = (null, null);
            _connections++;
        }

        Runs.Place.StateChanged();
    }

    /// <summary>Notes that its points leave memory. Any thread.</summary>
    public void Leave() => _isLeaving = true;

    /// <summary>What session.json would say now.</summary>
    public SessionRecord Record()
    {
        var names = Runs.UnusualNames();
        lock (Runs.Gate)
        {
            return new SessionRecord
            {
                Writer = EventFile.WriterName,
                Peer = _peer,
                Start = _start.ToUniversalTime(),
                LastMessage = _lastMessage.ToUniversalTime(),
                End = _end?.ToUniversalTime(),
                HowEnded = _howEnded,
                Connections = _connections,
                Points = Runs.CountPoints(),
                Workers = Workers,
                Names = [.. names.Select(name => new RunNameRecord(name.Folder, NameText.Decode(name.Name), name.Name))],
            };
        }
    }
}

/// <summary>The break in a session between two connections.</summary>
/// <param name="How">How the last one ended; null while it is open.</param>
/// <param name="LastMessage">When its last message came, on the monotonic clock.</param>
/// <param name="End">When it ended, on the monotonic clock.</param>
/// <param name="IsLengthUnknown">The wall clock was set back while no server ran: it tells nothing of these times.</param>
internal readonly record struct SessionBreak(SessionEnd? How, long LastMessage, long End, bool IsLengthUnknown);
