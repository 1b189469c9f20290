using NNTileLogger.Ingest.EventFiles;
using NNTileLogger.Ingest.Sessions;

namespace NNTileLogger.Ingest.Live;

/// <summary>
/// The records of the sessions in LOG_DIR. Pages ask for them every second: a record is read again only where its file
/// has changed, and the folder is looked through once a second for all of them. Where the disk does not answer, one look
/// waits for it, and all get what was there before. Any thread.
/// </summary>
internal sealed class PastSessions
{
    private static readonly TimeSpan _fresh = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(2);

    private readonly LogDirectory _root;
    private readonly TimeProvider _time;
    private readonly Lock _gate = new();
    private volatile Dictionary<string, Known> _known = new(StringComparer.Ordinal);
    private Task _looking = Task.CompletedTask;
    private long _lookedAt;
    private bool _isFresh;

    public PastSessions(LogDirectory root, SessionRegistry registry, TimeProvider time)
    {
        _root = root;
        _time = time;
        registry.Leaving += _ => Forget();
    }

    /// <summary>All that have a record, by directory.</summary>
    public async Task<IReadOnlyCollection<PastSession>> AllAsync(CancellationToken cancellation)
    {
        var start = _time.GetTimestamp();
        Task? end = null;
        while (Looking(start) is { } looking && await Task.WhenAny(looking, end ??= Task.Delay(_patience, _time, cancellation)) == looking)
        {
            // A session has perhaps ended while the folder was looked through: then once more.
        }

        cancellation.ThrowIfCancellationRequested();
        return [.. _known.Values.Select(known => known.Session)];
    }

    /// <summary>The one of an id, which may be anything; null where there is none.</summary>
    public PastSession? Find(string id)
    {
        // A name of one directory below LOG_DIR, and nothing else.
        var directory = Path.Combine(_root.Path, id);
        if (id is "." or ".." || Path.GetFileName(directory) != id || id.Contains('\0', StringComparison.Ordinal)
            || !Directory.Exists(directory) || LogDirectory.IsLink(directory))
        {
            return null;
        }

        return Look(directory)?.Session;
    }

    // Null where what is known is fresh, or was looked for since somebody began to wait.
    private Task? Looking(long since)
    {
        lock (_gate)
        {
            if (!_looking.IsCompleted)
            {
                return _looking;
            }

            if (_isFresh && (_lookedAt >= since || _time.GetElapsedTime(_lookedAt) < _fresh))
            {
                return null;
            }

            // What changes from here on is seen the next time.
            (_isFresh, _lookedAt) = (true, _time.GetTimestamp());
            return _looking = Task.Run(LookAll);
        }
    }

    private void LookAll()
    {
        try
        {
            _known = _root.Sessions().Select(Look).OfType<Known>().ToDictionary(known => known.Session.Directory, StringComparer.Ordinal);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // LOG_DIR cannot be read now; /health says why, and open sessions are in memory.
        }
    }

    private void Forget()
    {
        lock (_gate)
        {
            _isFresh = false;
        }
    }

    private Known? Look(string directory)
    {
        var file = new FileInfo(Path.Combine(directory, LogDirectory.SessionFile));
        if (!file.Exists)
        {
            return null;
        }

        if (_known.TryGetValue(directory, out var known) && known.Written == file.LastWriteTimeUtc && known.Length == file.Length)
        {
            return known;
        }

        try
        {
            return SessionRecord.Load(directory) is { } record
                ? new Known(new PastSession(directory, record, LeastPoints(directory, record)), file.LastWriteTimeUtc, file.Length)
                : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Removed between the listing and here, or of another user.
            return null;
        }
    }

    // A killed server has not counted what its event files hold; its last checkpoint comes close.
    private static long LeastPoints(string directory, SessionRecord record)
    {
        var isCounted = record.HowEnded is not (null or SessionEnd.ServerCrashed) && record.Points is not null;
        var saved = isCounted ? 0 : StepCheckpoint.Load(directory).Runs.Values.Sum(run => run.Steps.Values.Sum());
        return Math.Max(saved, record.Points ?? 0);
    }

    private sealed record Known(PastSession Session, DateTime Written, long Length);
}

/// <summary>A session as its directory tells it.</summary>
/// <param name="Directory">The directory.</param>
/// <param name="Record">Its record.</param>
/// <param name="LeastPoints">It has so many points, or more.</param>
internal sealed record PastSession(string Directory, SessionRecord Record, long LeastPoints);
