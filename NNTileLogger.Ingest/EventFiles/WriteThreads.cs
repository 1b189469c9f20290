using System.Diagnostics;

namespace NNTileLogger.Ingest.EventFiles;

/// <summary>
/// The writer thread, and its successors where an operation of the system does not return (a network disk that is
/// gone): after ten seconds another thread takes over, the hanging one ends when it comes back.
/// </summary>
internal sealed class WriteThreads : IDisposable
{
    /// <summary>An operation that takes longer counts as failing.</summary>
    public static readonly TimeSpan LongestOperation = TimeSpan.FromSeconds(10);

    // Each successor may hang in turn; where so many do, the disk as a whole is gone.
    private const int MostThreads = 4;
    private static readonly TimeSpan _watchInterval = TimeSpan.FromSeconds(1);

    private readonly Lock _gate = new();
    private readonly WriteQueue _queue;
    private readonly Func<WriteJob, WriteThread, bool> _do;
    private readonly Action _afterJob;
    private readonly Func<RunSet, RunWriter?, string> _pathOf;
    private readonly WriteHealth _health;
    private readonly Timer _watch;
    private readonly List<WriteThread> _hanging = [];
    private WriteThread? _active;

    /// <summary>Starts the thread.</summary>
    /// <param name="queue">Where its jobs come from.</param>
    /// <param name="doJob">Does one; false where the thread was replaced meanwhile.</param>
    /// <param name="afterJob">Called behind each job, and every second.</param>
    /// <param name="pathOf">Names what an operation is about.</param>
    /// <param name="health">Told of operations that hang.</param>
    public WriteThreads(
        WriteQueue queue,
        Func<WriteJob, WriteThread, bool> doJob,
        Action afterJob,
        Func<RunSet, RunWriter?, string> pathOf,
        WriteHealth health)
    {
        _queue = queue;
        _do = doJob;
        _afterJob = afterJob;
        _pathOf = pathOf;
        _health = health;
        _active = Start(null);
        _watch = new Timer(_ => Watch(), null, _watchInterval, _watchInterval);
    }

    /// <summary>True where no thread is left that writes.</summary>
    public bool AllHang
    {
        get
        {
            lock (_gate)
            {
                return _active is null;
            }
        }
    }

    /// <summary>The runs whose writes do not return.</summary>
    public RunWriter[] HangingRuns()
    {
        lock (_gate)
        {
            return [.. _hanging.Select(thread => thread.Operation?.Run).OfType<RunWriter>()];
        }
    }

    /// <summary>Waits for the thread to end, after its queue was stopped.</summary>
    /// <returns>False where an operation hangs.</returns>
    public bool Join(TimeSpan longest)
    {
        _watch.Dispose();
        Thread? thread;
        lock (_gate)
        {
            thread = _active?.Thread;
        }

        return thread is not null && thread.Join(longest);
    }

    public void Dispose() => _watch.Dispose();

    private WriteThread Start(WriteJob? first)
    {
        var worker = new WriteThread(_gate, CameBack);
        worker.Thread = new Thread(() => Run(worker, first)) { Name = "event writer", IsBackground = true };
        worker.Thread.Start();
        return worker;
    }

    private void Run(WriteThread worker, WriteJob? job)
    {
        while (job is not null || _queue.TryTake(out job))
        {
            worker.Job = job;
            if (job is not null && !_do(job, worker))
            {
                return;
            }

            worker.Job = job = null;
            _afterJob();
        }
    }

    private void Watch()
    {
        WriteThread? hanging;
        lock (_gate)
        {
            hanging = _active;
            if (hanging?.Operation is not { } operation || Stopwatch.GetElapsedTime(operation.Since) < LongestOperation)
            {
                hanging = null;
            }
            else
            {
                hanging.IsReplaced = true;
                _hanging.Add(hanging);
                _active = _hanging.Count < MostThreads ? Start(hanging.Job) : null;
                _health.Failed(_pathOf(operation.Set, operation.Run), $"an operation has not returned for {LongestOperation.TotalSeconds:0} s");
            }
        }

        if (hanging is null || AllHang)
        {
            _afterJob();
        }
    }

    // Under the lock. A thread that comes back where none is left writes on, with what the last one was at.
    private bool CameBack(WriteThread worker)
    {
        _health.Recovered();
        _hanging.Remove(worker);
        if (_active is not null)
        {
            return false;
        }

        worker.IsReplaced = false;
        _active = worker;
        return true;
    }
}

/// <summary>One writer thread and the operation it is at.</summary>
internal sealed class WriteThread(Lock gate, Func<WriteThread, bool> cameBack)
{
    public Thread Thread { get; set; } = null!;

    /// <summary>Its own: one that hangs still needs what it is writing.</summary>
    public RecordBuffer Records { get; } = new();

    /// <summary>The job it is at.</summary>
    public WriteJob? Job { get; set; }

    /// <summary>The operation it is at; null between two.</summary>
    public (RunSet Set, RunWriter? Run, long Since)? Operation { get; private set; }

    /// <summary>True where another thread has taken over.</summary>
    public bool IsReplaced { get; set; }

    /// <summary>Begins an operation of the system that may hang: on a run, or on its set's own files.</summary>
    public void Begin(RunSet set, RunWriter? run)
    {
        lock (gate)
        {
            Operation = (set, run, Stopwatch.GetTimestamp());
        }
    }

    /// <summary>Ends it.</summary>
    /// <returns>False where another thread has taken over, and this one must end.</returns>
    public bool End()
    {
        lock (gate)
        {
            Operation = null;
            return !IsReplaced || cameBack(this);
        }
    }
}
