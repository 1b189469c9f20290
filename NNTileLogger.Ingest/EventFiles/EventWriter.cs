using System.Diagnostics;

namespace NNTileLogger.Ingest.EventFiles;

/// <summary>
/// Writes what the runs of all sessions hold to their files, on one thread: a run with much at once, all others at
/// most <see cref="FlushDelay"/> after a point was taken in. A run that cannot be written keeps its points and is
/// tried again every second, while the others go on.
/// </summary>
internal sealed partial class EventWriter : IDisposable
{
    /// <summary>Half of the 100 ms within which a point is in its file; writing all dirty runs takes time too.</summary>
    public static readonly TimeSpan FlushDelay = TimeSpan.FromMilliseconds(50);

    private static readonly long _flushDelay = (long)(FlushDelay.TotalSeconds * Stopwatch.Frequency);
    private static readonly long _retryDelay = Stopwatch.Frequency;

    private readonly object _gate = new();
    private readonly Queue<(RunSet Set, TaskCompletionSource? Done, bool Close)> _now = new();
    private readonly Queue<(RunSet Set, long Due)> _soon = new();
    private readonly Queue<(RunWriter Run, long Due)> _retries = new();
    private readonly List<RunWriter> _taken = [];
    private readonly RunFileWriter _files;
    private readonly PointBuffer _buffer;
    private readonly WriteHealth _health;
    private readonly IngestMetrics _metrics;
    private readonly ILogger<EventWriter> _logger;
    private readonly Thread _thread;
    private bool _stopping;
    private bool _makeRoom;

    public EventWriter(RunFileWriter files, PointBuffer buffer, WriteHealth health, IngestMetrics metrics, ILogger<EventWriter> logger)
    {
        _files = files;
        _buffer = buffer;
        _health = health;
        _metrics = metrics;
        _logger = logger;
        _thread = new Thread(Run) { Name = "event writer", IsBackground = true };
        _thread.Start();
    }

    /// <summary>Has a set written within <see cref="FlushDelay"/>.</summary>
    public void ScheduleSoon(RunSet set)
    {
        lock (_gate)
        {
            _soon.Enqueue((set, Stopwatch.GetTimestamp() + _flushDelay));
            Monitor.Pulse(_gate);
        }
    }

    /// <summary>Has the runs of a set that hold much written at once.</summary>
    public void ScheduleNow(RunSet set)
    {
        lock (_gate)
        {
            if (!set.IsUrgent)
            {
                set.IsUrgent = true;
                _now.Enqueue((set, null, false));
                Monitor.Pulse(_gate);
            }
        }
    }

    /// <summary>Writes all that a set holds now; what cannot be written stays in memory and is tried again.</summary>
    /// <param name="set">The set.</param>
    /// <param name="close">Whether its files are closed afterwards.</param>
    public Task FlushAsync(RunSet set, bool close)
    {
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_gate)
        {
            _now.Enqueue((set, done, close));
            Monitor.Pulse(_gate);
        }

        return done.Task;
    }

    /// <summary>Has room made for new points where points that cannot be written take all of it.</summary>
    public void MakeRoom()
    {
        lock (_gate)
        {
            _makeRoom = true;
            Monitor.Pulse(_gate);
        }
    }

    /// <summary>Writes what is left, tries once more what failed, and ends the thread.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            _stopping = true;
            Monitor.Pulse(_gate);
        }

        _thread.Join();
    }

    private void Run()
    {
        while (TakeNext(out var set, out var run, out var everything, out var done, out var close))
        {
            if (run is not null)
            {
                Retry(run);
            }
            else if (set is not null)
            {
                WriteSet(set, everything, close);
                done?.SetResult();
            }

            DropWhereFull();
        }
    }

    private bool TakeNext(out RunSet? set, out RunWriter? run, out bool everything, out TaskCompletionSource? done, out bool close)
    {
        (set, run, everything, done, close) = (null, null, true, null, false);
        lock (_gate)
        {
            while (true)
            {
                var now = Stopwatch.GetTimestamp();
                if (_soon.TryPeek(out var soon) && (soon.Due <= now || _stopping))
                {
                    set = _soon.Dequeue().Set;
                    return true;
                }

                if (_now.TryDequeue(out var next))
                {
                    (set, done, close) = next;
                    everything = done is not null;
                    set.IsUrgent &= everything;
                    return true;
                }

                if (_retries.TryPeek(out var retry) && (retry.Due <= now || _stopping))
                {
                    run = _retries.Dequeue().Run;
                    return true;
                }

                if (_stopping)
                {
                    return false;
                }

                if (_makeRoom)
                {
                    _makeRoom = false;
                    return true;
                }

                Wait(now, soon.Due, retry.Due);
            }
        }
    }

    private void Wait(long now, long soon, long retry)
    {
        var due = (soon, retry) switch
        {
            (0, 0) => 0,
            (0, _) => retry,
            (_, 0) => soon,
            _ => Math.Min(soon, retry),
        };
        if (due == 0)
        {
            Monitor.Wait(_gate);
        }
        else
        {
            // Rounded up: a wait that ends early would spin.
            Monitor.Wait(_gate, (int)((due - now) * 1000 / Stopwatch.Frequency) + 1);
        }
    }

    private void WriteSet(RunSet set, bool everything, bool close)
    {
        _taken.Clear();
        set.TakeDirty(everything, _taken);
        foreach (var run in _taken)
        {
            if (!run.IsFailing)
            {
                Write(run, everything);
            }
        }

        SaveState(set);
        _files.SaveStepsWhereDue(set);
        if (close)
        {
            _files.Close(set);
        }
    }

    private void Write(RunWriter run, bool everything)
    {
        Chunk? chunk;
        lock (run.Owner.Gate)
        {
            chunk = run.BeginWrite(everything);
        }

        if (chunk is null)
        {
            return;
        }

        var (points, bytes) = (0L, 0L);
        var start = Stopwatch.GetTimestamp();
        try
        {
            while (chunk is not null)
            {
                _files.Write(run, chunk);
                points += chunk.Points;
                bytes += chunk.Length;
                var written = chunk;
                lock (run.Owner.Gate)
                {
                    chunk = run.Advance(written);
                }

                _buffer.Return(written);
            }

            SetFailing(run, null);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            SetFailing(run, e);
        }

        lock (run.Owner.Gate)
        {
            run.EndWrite();
        }

        _metrics.Written(points, bytes, Stopwatch.GetElapsedTime(start));
    }

    private void SetFailing(RunWriter run, Exception? reason)
    {
        if (reason is not null)
        {
            if (!run.IsFailing)
            {
                run.IsFailing = true;
                _health.Failed(run.File?.Path ?? _files.PathOf(run), reason);
            }

            lock (_gate)
            {
                if (!_stopping)
                {
                    _retries.Enqueue((run, Stopwatch.GetTimestamp() + _retryDelay));
                }
            }
        }
        else if (run.IsFailing)
        {
            run.IsFailing = false;
            _health.Recovered();
        }
    }

    private void Retry(RunWriter run)
    {
        Write(run, everything: true);
        if (run.IsFailing && run.OldestSince is null)
        {
            // All it held was given up: the next point finds out whether writing works again.
            SetFailing(run, null);
        }
    }

    private void SaveState(RunSet set)
    {
        try
        {
            set.Place.SaveWhereChanged();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            LogStateNotSaved(_logger, set.Place.Name, e.Message);
            lock (_gate)
            {
                if (!_stopping)
                {
                    _soon.Enqueue((set, Stopwatch.GetTimestamp() + _retryDelay));
                }
            }
        }
    }

    // Only points that cannot be written are given up, the oldest first, and only past the limit. Points that are
    // merely waiting for a slow disk make the readers wait instead.
    private void DropWhereFull()
    {
        if (!_buffer.IsFull)
        {
            return;
        }

        RunWriter[] failing;
        lock (_gate)
        {
            failing = [.. _retries.Select(retry => retry.Run)];
        }

        while (_buffer.IsFull && failing.Where(run => run.OldestSince is not null).MinBy(run => run.OldestSince) is { } oldest)
        {
            Chunk? dropped;
            lock (oldest.Owner.Gate)
            {
                dropped = oldest.DropOldest();
            }

            if (dropped is null)
            {
                break;
            }

            _files.Abandon(oldest);
            _metrics.Dropped(dropped.Points);
            _buffer.Return(dropped);
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Cannot save the state of session {Session}: {Reason}. It is tried again every second.")]
    private static partial void LogStateNotSaved(ILogger logger, string session, string reason);
}
