namespace NNTileLogger.Ingest.Live;

/// <summary>
/// Keeps what was read of past sessions for those who look at them next, within a bounded memory, and has two readings
/// going on at most: whoever asks for the same waits for it. Any thread.
/// </summary>
internal sealed class PastSeriesCache(IHostApplicationLifetime lifetime) : IDisposable
{
    private const long MostBytes = 96 << 20;
    private const int MostSessions = 16;
    private const int MostCounts = 10_000;

    private readonly Lock _gate = new();
    private readonly List<Entry> _newestFirst = [];
    private readonly Dictionary<string, long> _counts = new(StringComparer.Ordinal);
    private readonly SemaphoreSlim _turns = new(2);

    /// <summary>Points in a session's files, where somebody has looked at it; null elsewhere.</summary>
    public long? CountOf(LiveSession session)
    {
        lock (_gate)
        {
            return _counts.TryGetValue(KeyOf(session), out var count) ? count : null;
        }
    }

    /// <summary>What the files of a session hold; of one that is open, what they held when this server started.</summary>
    public async Task<PastSeries> GetAsync(LiveSession session, CancellationToken cancellation)
    {
        var entry = Find(session);
        try
        {
            return await entry.Reading.WaitAsync(cancellation);
        }
        finally
        {
            if (entry.Reading is { IsCompleted: true, IsCompletedSuccessfully: false })
            {
                // Who asks next may have more luck.
                lock (_gate)
                {
                    _newestFirst.Remove(entry);
                }
            }
        }
    }

    public void Dispose() => _turns.Dispose();

    private Entry Find(LiveSession session)
    {
        var key = KeyOf(session);
        lock (_gate)
        {
            var entry = _newestFirst.Find(known => known.Key == key);
            if (entry is null)
            {
                entry = new Entry(key);
                entry.Reading = ReadAsync(entry, session);
            }
            else
            {
                _newestFirst.Remove(entry);
            }

            _newestFirst.Insert(0, entry);
            ForgetOldest();
            return entry;
        }
    }

    // Others may wait for it too: it goes on when the one who asked first has gone.
    private async Task<PastSeries> ReadAsync(Entry entry, LiveSession session)
    {
        await Task.Yield();
        await _turns.WaitAsync(lifetime.ApplicationStopping);
        try
        {
            var upTo = session.Open?.Runs.Restored.LastWallTime ?? double.PositiveInfinity;
            var past = await PastSeries.ReadAsync(session, upTo, lifetime.ApplicationStopping);
            lock (_gate)
            {
                if (_counts.Count == MostCounts)
                {
                    _counts.Clear();
                }

                _counts[entry.Key] = past.Count;
                entry.Bytes = past.Bytes;
            }

            return past;
        }
        finally
        {
            _turns.Release();
        }
    }

    private void ForgetOldest()
    {
        var bytes = 0L;
        var kept = _newestFirst.TakeWhile((entry, at) => at == 0 || (at < MostSessions && (bytes += entry.Bytes) <= MostBytes)).Count();
        _newestFirst.RemoveRange(kept, _newestFirst.Count - kept);
    }

    // A lost session goes on under the same name.
    private static string KeyOf(LiveSession session) =>
        session.Open is { } open ? $"{session.Id} before {open.Runs.Restored.LastWallTime:R}" : $"{session.Id} {session.End:O}";

    /// <summary>What was read of one session, or is being read. Guarded by the cache's lock.</summary>
    private sealed class Entry(string key)
    {
        public string Key { get; } = key;

        public Task<PastSeries> Reading { get; set; } = null!;

        public long Bytes { get; set; }
    }
}
