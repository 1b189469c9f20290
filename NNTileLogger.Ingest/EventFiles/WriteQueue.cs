using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;

namespace NNTileLogger.Ingest.EventFiles;

/// <summary>
/// What the writer thread does next: what is due, in the order in which it became due. Any thread adds, the writer
/// takes. Real time: the disk does not follow a test's clock.
/// </summary>
internal sealed class WriteQueue
{
    private static readonly long _retryDelay = Stopwatch.Frequency;

    private readonly object _gate = new();
    private readonly Queue<WriteJob> _ready = new();
    private readonly Stack<WriteJob> _unused = new();
    private readonly Queue<(RunSet Set, long Due)> _soon = new();

    // The sets through whose runs the writer is going, and those of them that became due again meanwhile.
    private readonly HashSet<RunSet> _underWay = [];
    private readonly HashSet<RunSet> _dueAgain = [];
    private readonly Queue<(WriteJob Job, long Due)> _retries = new();
    private readonly long _flushDelay;
    private bool _stopping;
    private bool _woken;

    public WriteQueue(TimeSpan flushDelay) => _flushDelay = (long)(flushDelay.TotalSeconds * Stopwatch.Frequency);

    /// <summary>True where something waits to be done now.</summary>
    public bool HasReady
    {
        get
        {
            lock (_gate)
            {
                return _ready.Count > 0 || TryPeekDue(Stopwatch.GetTimestamp(), out _);
            }
        }
    }

    /// <summary>Has a set written within the flush delay, or right behind the round through its runs that is under way then.</summary>
    public void AddSoon(RunSet set)
    {
        lock (_gate)
        {
            _soon.Enqueue((set, Stopwatch.GetTimestamp() + _flushDelay));
            Monitor.Pulse(_gate);
        }
    }

    /// <summary>Has the runs of a set that hold much written at once.</summary>
    public void AddUrgent(RunSet set)
    {
        lock (_gate)
        {
            if (!set.IsUrgent)
            {
                set.IsUrgent = true;
                _ready.Enqueue(Unused().For(set, everything: false));
                Monitor.Pulse(_gate);
            }
        }
    }

    /// <summary>Adds a job that writes all a set holds.</summary>
    /// <param name="set">The set.</param>
    /// <param name="done">Completed when it is done.</param>
    /// <param name="close">Whether the set's files are closed at the end.</param>
    public void Add(RunSet set, TaskCompletionSource done, bool close)
    {
        lock (_gate)
        {
            _ready.Enqueue(Unused().For(set, done: done, close: close));
            Monitor.Pulse(_gate);
        }
    }

    /// <summary>Takes a job back that is done, so that steady work allocates nothing.</summary>
    public void Return(WriteJob job)
    {
        lock (_gate)
        {
            if (job.IsRound)
            {
                EndRound(job.Set);
            }

            _unused.Push(job.For(null!));
        }
    }

    /// <summary>Adds the rest of a job.</summary>
    public void Add(WriteJob job)
    {
        lock (_gate)
        {
            _ready.Enqueue(job);
            Monitor.Pulse(_gate);
        }
    }

    /// <summary>Adds what failed, for a second later; while the server stops nothing is tried again.</summary>
    /// <param name="set">The set.</param>
    /// <param name="run">The run that failed; null where it was the set's own file.</param>
    public void AddRetry(RunSet set, RunWriter? run)
    {
        lock (_gate)
        {
            if (!_stopping && (run is not null || !set.IsStateRetried))
            {
                set.IsStateRetried |= run is null;
                _retries.Enqueue((Unused().For(set, retry: run), Stopwatch.GetTimestamp() + _retryDelay));
                Monitor.Pulse(_gate);
            }
        }
    }

    /// <summary>The runs that wait to be tried again.</summary>
    public RunWriter[] FailingRuns()
    {
        lock (_gate)
        {
            return [.. _retries.Select(retry => retry.Job.Retry).OfType<RunWriter>()];
        }
    }

    /// <summary>The sets that wait to be written.</summary>
    public RunSet[] WaitingSets()
    {
        lock (_gate)
        {
            return [.. _soon.Select(soon => soon.Set).Concat(_dueAgain).Concat(_ready.Select(job => job.Set)).Distinct()];
        }
    }

    /// <summary>Has the writer look around without a job.</summary>
    public void Wake()
    {
        lock (_gate)
        {
            _woken = true;
            Monitor.Pulse(_gate);
        }
    }

    /// <summary>Makes everything due; the writer ends when all is done.</summary>
    public void Stop()
    {
        lock (_gate)
        {
            _stopping = true;
            Monitor.PulseAll(_gate);
        }
    }

    /// <summary>Waits for the next job.</summary>
    /// <param name="job">It, or null where the writer was woken without one.</param>
    /// <returns>False where the server stops and nothing is left.</returns>
    public bool TryTake(out WriteJob? job)
    {
        job = null;
        lock (_gate)
        {
            while (true)
            {
                var now = Stopwatch.GetTimestamp();
                if (TryPeekDue(now, out var set))
                {
                    _soon.Dequeue();
                    _underWay.Add(set);
                    job = Unused().For(set);
                    return true;
                }

                if (_ready.TryDequeue(out job))
                {
                    job.Set.IsUrgent &= job.Everything;
                    return true;
                }

                if (_retries.TryPeek(out var retry) && (retry.Due <= now || _stopping))
                {
                    job = _retries.Dequeue().Job;
                    job.Set.IsStateRetried &= job.Retry is not null;
                    return true;
                }

                if (_woken)
                {
                    _woken = false;
                    return true;
                }

                if (_stopping)
                {
                    return false;
                }

                Wait(Math.Min(_soon.TryPeek(out var soon) ? soon.Due : long.MaxValue, retry.Job is null ? long.MaxValue : retry.Due) - now);
            }
        }
    }

    // The set whose round begins next, where that is due. A second round at the same time would come to each run when
    // it has few points again.
    private bool TryPeekDue(long now, [NotNullWhen(true)] out RunSet? set)
    {
        while (_soon.TryPeek(out var soon) && (soon.Due <= now || _stopping))
        {
            if (!_underWay.Contains(soon.Set))
            {
                set = soon.Set;
                return true;
            }

            _dueAgain.Add(soon.Set);
            _soon.Dequeue();
        }

        set = null;
        return false;
    }

    private void EndRound(RunSet set)
    {
        if (_dueAgain.Remove(set))
        {
            _ready.Enqueue(Unused().For(set));
        }
        else
        {
            _underWay.Remove(set);
        }
    }

    private WriteJob Unused() => _unused.TryPop(out var job) ? job : new WriteJob();

    private void Wait(long ticks)
    {
        if (ticks > Stopwatch.Frequency * 3600)
        {
            Monitor.Wait(_gate);
        }
        else
        {
            // Rounded up: a wait that ends early would spin.
            Monitor.Wait(_gate, (int)(ticks * 1000 / Stopwatch.Frequency) + 1);
        }
    }
}
