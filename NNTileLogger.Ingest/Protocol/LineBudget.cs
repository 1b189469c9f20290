namespace NNTileLogger.Ingest.Protocol;

/// <summary>
/// The memory of all unfinished lines together (LINE_BUFFER_MB). When it is spent, the largest unfinished line of a
/// connection that never sent a valid one is passed over, else the largest of all. Any thread.
/// </summary>
internal sealed class LineBudget(long limit, IngestMetrics metrics)
{
    // Moving what is in use together takes tens of milliseconds, and reading so much takes longer.
    private const long MostGarbage = 256 << 20;

    private readonly Lock _gate = new();
    private readonly Dictionary<LineBuffer, int> _parked = [];
    private long _garbage;
    private long _used;

    /// <summary>Bytes held by unfinished lines.</summary>
    public long Used
    {
        get
        {
            lock (_gate)
            {
                return _used;
            }
        }
    }

    /// <summary>Begins a use of a buffer: from here on only its connection touches it.</summary>
    public void Take(LineBuffer buffer)
    {
        lock (_gate)
        {
            Remove(buffer);
        }
    }

    /// <summary>Ends a use; takes unfinished lines away, perhaps this one, while they are too large together.</summary>
    public void Park(LineBuffer buffer)
    {
        if (buffer.Capacity == 0)
        {
            return;
        }

        lock (_gate)
        {
            _parked.Add(buffer, buffer.Capacity);
            _used += buffer.Capacity;
            while (_used > limit)
            {
                var victim = _parked.Keys.MaxBy(parked => (!parked.HasSentValidLine, parked.UnfinishedLength))!;
                Remove(victim);
                victim.SkipLine();
            }
        }
    }

    /// <summary>Notes that a connection has ended.</summary>
    public void Forget(LineBuffer buffer) => Take(buffer);

    /// <summary>Counts a line that is passed over.</summary>
    public void CountTooLong() => metrics.LineTooLong();

    /// <summary>
    /// Notes that a large array is of no use any more. Left to itself the collector lets six times the limit
    /// pile up: it takes such arrays late, and what comes next rarely fits into the holes.
    /// </summary>
    public void Discard(int bytes)
    {
        if (Interlocked.Add(ref _garbage, bytes) >= MostGarbage && Interlocked.Exchange(ref _garbage, 0) >= MostGarbage)
        {
            GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        }
    }

    private void Remove(LineBuffer buffer)
    {
        if (_parked.Remove(buffer, out var capacity))
        {
            _used -= capacity;
        }
    }
}
