using NNTileLogger.Ingest.EventFiles;
using NNTileLogger.Ingest.Sessions;

namespace NNTileLogger.Ingest.History;

/// <summary>A session whose points come from memory.</summary>
/// <param name="Session">The session.</param>
/// <param name="Id">The name of its directory.</param>
internal sealed record MirroredSession(Session Session, string Id)
{
    /// <summary>Its series that are shown.</summary>
    public Dictionary<SeriesWriter, LiveSeries> Series { get; } = [];
}

/// <summary>
/// Shows the sessions at hand in the <see cref="Catalog"/> as their series come, and keeps what memory has of a session
/// that is over until its files have been read: at no moment is a point missing or there twice. Any thread.
/// </summary>
internal sealed class LiveMirror
{
    private readonly SessionRegistry _registry;
    private readonly Catalog _catalog;
    private readonly Attention _attention;
    private readonly Lock _gate = new();
    private readonly Dictionary<Session, MirroredSession> _mirrored = [];
    private readonly List<MirroredSession> _leaving = [];

    public LiveMirror(SessionRegistry registry, Catalog catalog, Attention attention)
    {
        _registry = registry;
        _catalog = catalog;
        _attention = attention;
        registry.Leaving += Leave;
    }

    /// <summary>Raised where a session's files are to be read, since it is over.</summary>
    public event Action? Left;

    /// <summary>The sessions at hand, by the names of their directories.</summary>
    public Dictionary<string, Session> AtHand()
    {
        var sessions = new Dictionary<string, Session>(StringComparer.Ordinal);
        foreach (var session in _registry.AtHand())
        {
            if (Path.GetFileName(session.Runs.Place.Directory) is { } id)
            {
                sessions[id] = session;
            }
        }

        return sessions;
    }

    /// <summary>Shows what has come since the last time; a comparison for each session where nothing has.</summary>
    public void Sync()
    {
        var sessions = _registry.AtHand();
        lock (_gate)
        {
            foreach (var session in sessions)
            {
                Mirror(session);
            }
        }
    }

    /// <summary>The sessions that are over and whose files have not been read yet.</summary>
    public List<MirroredSession> Leaving()
    {
        lock (_gate)
        {
            return [.. _leaving];
        }
    }

    /// <summary>Lets go of sessions whose files have been read.</summary>
    public void Loaded(List<MirroredSession> sessions)
    {
        foreach (var session in sessions)
        {
            Hide(session);
            session.Session.Runs.ReleaseKept();
            lock (_gate)
            {
                _leaving.Remove(session);
            }
        }
    }

    private void Leave(Session session)
    {
        lock (_gate)
        {
            if (!_attention.IsPaid)
            {
                // Nobody sees that it is gone until its files are read.
                if (_mirrored.Remove(session, out var unseen))
                {
                    Hide(unseen);
                }

                return;
            }

            Mirror(session);
            if (!_mirrored.Remove(session, out var mirrored))
            {
                return;
            }

            if (session.Runs.TryHoldKept())
            {
                _leaving.Add(mirrored);
            }
        }

        Left?.Invoke();
    }

    private void Hide(MirroredSession session)
    {
        foreach (var series in session.Series.Values)
        {
            _catalog.Remove(series);
        }
    }

    private void Mirror(Session session)
    {
        // Known by its directory, which the writer makes with the first points.
        if (session.Runs.Place.Directory is not { } directory)
        {
            return;
        }

        var isNew = !_mirrored.TryGetValue(session, out var mirrored);
        if (!isNew && mirrored!.Series.Count == session.Runs.SeriesCount)
        {
            return;
        }

        mirrored ??= new MirroredSession(session, Path.GetFileName(directory));
        var found = new List<(SeriesWriter Writer, LiveSeries Series, double Start)>();
        using (var view = session.Runs.Look())
        {
            foreach (var run in view.Runs)
            {
                foreach (var writer in run.Series)
                {
                    // One is made before its first point is.
                    if (writer.Kept.First is { } first && !mirrored.Series.ContainsKey(writer))
                    {
                        found.Add((writer, new LiveSeries(mirrored, $"{mirrored.Id}/{run.Folder}", writer), first.WallTime));
                    }
                }
            }
        }

        _mirrored[session] = mirrored;
        foreach (var (writer, series, start) in found)
        {
            mirrored.Series.Add(writer, series);
            _catalog.Show(series, start);
        }
    }
}
