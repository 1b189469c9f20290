using NNTileLogger.Ingest.Sessions;

namespace NNTileLogger.Ingest.Live;

/// <summary>Finds the sessions there are: those this server has at hand, and the directories of past ones. Any thread.</summary>
internal sealed class LiveSessions(SessionRegistry registry, PastSessions past, TimeProvider time)
{
    /// <summary>An open session that says nothing for so long is stalled: clients send every half second.</summary>
    private static readonly TimeSpan _silence = TimeSpan.FromSeconds(5);

    /// <summary>All of them, newest first.</summary>
    public List<LiveSession> All()
    {
        // Open ones first: one that ends in between is found as a past one then.
        var all = Open().ToDictionary(session => session.Id, StringComparer.Ordinal);
        foreach (var session in past.All())
        {
            all.TryAdd(Path.GetFileName(session.Directory), From(session));
        }

        return [.. all.Values.OrderByDescending(session => session.Start).ThenByDescending(session => session.Id, StringComparer.Ordinal)];
    }

    /// <summary>The session of an id; null where there is none.</summary>
    public LiveSession? Find(string id)
    {
        if (Open().FirstOrDefault(session => session.Id == id) is { } open)
        {
            return open;
        }

        return past.Find(id) is { } found ? From(found) : null;
    }

    private IEnumerable<LiveSession> Open() => registry.AtHand().Select(Open).OfType<LiveSession>();

    private LiveSession? Open(Session session)
    {
        // Known by its directory, which the writer makes with the first points.
        if (session.Runs.Place.Directory is not { } directory)
        {
            return null;
        }

        var record = session.Record();
        return From(record, directory, session, record.Points, record.Points ?? 0);
    }

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
