using System.Globalization;
using NNTileLogger.Ingest.EventFiles;
using NNTileLogger.Ingest.Sessions;

namespace NNTileLogger.Ingest.Live;

/// <summary>Finds the sessions there are: those this server has at hand, and the directories of past ones. Any thread.</summary>
internal sealed class LiveSessions(SessionRegistry registry, PastSessions past, LogDirectory root, TimeProvider time)
{
    /// <summary>Ends the id of a session that has no directory.</summary>
    private const string Unwritten = "-unwritten";

    /// <summary>The directory is there within a tenth of a second, unless it cannot be made; ids do not change without need.</summary>
    private static readonly TimeSpan _directoryIsDue = TimeSpan.FromSeconds(1);

    /// <summary>An open session that says nothing for so long is stalled: clients send every half second.</summary>
    private static readonly TimeSpan _silence = TimeSpan.FromSeconds(5);

    /// <summary>All of them, newest first.</summary>
    public async Task<List<LiveSession>> AllAsync(CancellationToken cancellation)
    {
        // Open ones first: one that ends in between is found as a past one then.
        var all = new Dictionary<string, LiveSession>(StringComparer.Ordinal);
        foreach (var session in registry.AtHand())
        {
            if (Open(session, session.Record()) is { } open)
            {
                all.TryAdd(open.Id, open);
            }
        }

        foreach (var session in await past.AllAsync(cancellation))
        {
            all.TryAdd(Path.GetFileName(session.Directory), From(session));
        }

        return [.. all.Values.OrderByDescending(session => session.Start).ThenByDescending(session => session.Id, StringComparer.Ordinal)];
    }

    /// <summary>The session of an id; null where there is none.</summary>
    public LiveSession? Find(string id)
    {
        var isUnwritten = id.EndsWith(Unwritten, StringComparison.Ordinal);
        foreach (var session in registry.AtHand())
        {
            var record = session.Record();
            // Also once it has a directory: who has read the id it had before goes on with it.
            if (Open(session, record) is { } open && (open.Id == id || (isUnwritten && UnwrittenId(record) == id)))
            {
                return open;
            }
        }

        return past.Find(id) is { } found ? From(found) : null;
    }

    // Known by its directory, which the writer makes with the first points. Where it cannot, they are in memory, and a
    // training goes on that somebody wants to see.
    private LiveSession? Open(Session session, SessionRecord record)
    {
        var directory = session.Runs.Place.Directory;
        if (directory is null && time.GetUtcNow() - record.Start < _directoryIsDue)
        {
            return null;
        }

        return From(record, directory ?? Path.Combine(root.Path, UnwrittenId(record)), session, record.Points, record.Points ?? 0);
    }

    // No session's directory has such a name, and sessions that began in the same second have different ones.
    private string UnwrittenId(SessionRecord record) => string.Create(
        CultureInfo.InvariantCulture, $"{LogDirectory.SessionName(record.Start, root.Time)}.{record.Start.Ticks % TimeSpan.TicksPerSecond:D7}{Unwritten}");

    private LiveSession From(PastSession session)
    {
        // A killed server has not counted all.
        var record = session.Record;
        var points = record.HowEnded is null or SessionEnd.ServerCrashed ? null : record.Points;
        return From(record, session.Directory, open: null, points, session.LeastPoints);
    }

    private LiveSession From(SessionRecord record, string directory, Session? open, long? points, long leastPoints)
    {
        var names = record.Names.ToDictionary(name => name.Folder, name => name.Bytes, StringComparer.Ordinal);
        // A crash leaves a record that says nothing of the end.
        var end = record.End ?? (open is null && record.HowEnded is null ? record.LastMessage : null);
        return new LiveSession(
            Path.GetFileName(directory), directory, record.Peer, record.Start, record.LastMessage, end,
            StateOf(record, isOpen: open is not null), points, leastPoints, names, open);
    }

    private SessionState StateOf(SessionRecord record, bool isOpen) => record.HowEnded switch
    {
        SessionEnd.Ended => SessionState.Ended,
        null when isOpen => time.GetUtcNow() - record.LastMessage < _silence ? SessionState.Live : SessionState.Stalled,
        _ => SessionState.Lost,
    };
}
