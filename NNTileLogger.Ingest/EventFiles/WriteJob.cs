namespace NNTileLogger.Ingest.EventFiles;

/// <summary>
/// One piece of work for the writer thread: the runs of a set, then the set's own files. Cut off at any point, another
/// thread, or the same one later, goes on where it stopped. Used again for another piece when it is done.
/// </summary>
internal sealed class WriteJob
{
    // The connection waits meanwhile; and what is made ready should still be in the caches when it is written.
    private const int SealedAtOnce = 64;

    private readonly Queue<RunWriter> _runs = new();

    // So many of them, from the first on, are ready.
    private int _sealed;
    private bool _isTaken;
    private int _finished;

    /// <summary>What is to be written: the set whole, or only the runs with much to write.</summary>
    public RunSet Set { get; private set; } = null!;

    public bool Everything { get; private set; }

    /// <summary>Completed when the job is done.</summary>
    public TaskCompletionSource? Done { get; private set; }

    /// <summary>Whether the set's files are closed at the end.</summary>
    public bool Close { get; private set; }

    /// <summary>A round through the set's runs that was due; no other one of the set begins before it is done.</summary>
    public bool IsRound => Everything && Done is null && Retry is null;

    /// <summary>The one run to try again; the job is nothing else then.</summary>
    public RunWriter? Retry { get; private set; }

    /// <summary>Runs left to write.</summary>
    public int Count => _runs.Count;

    /// <summary>Begins anew.</summary>
    public WriteJob For(RunSet set, bool everything = true, RunWriter? retry = null, TaskCompletionSource? done = null, bool close = false)
    {
        (Set, Everything, Retry, Done, Close) = (set, everything, retry, done, close);
        (_isTaken, _sealed, _finished) = (false, 0, 0);
        return this;
    }

    /// <summary>The next run.</summary>
    public bool TryNextRun(out RunWriter? run)
    {
        if (!_isTaken)
        {
            _isTaken = true;
            if (Retry is { } retry)
            {
                _runs.Enqueue(retry);
            }
            else if (Done is not null)
            {
                Set.Dirty.TakeAll(_runs);
            }
            else if (Everything)
            {
                Set.Dirty.Take(_runs);
            }
            else
            {
                Set.Dirty.TakeFull(_runs);
            }
        }

        if (Everything && _runs.Count > 0)
        {
            if (_sealed == 0)
            {
                SealSome();
            }

            _sealed--;
        }

        return _runs.TryDequeue(out run);
    }

    /// <summary>The next of the steps behind the runs; each is given out once, also where it never returns.</summary>
    public WriteStep NextStep() => Retry is null ? (WriteStep)_finished++ : WriteStep.None;

    // Not those that wait to be tried again: each seal would begin one more chunk.
    private void SealSome()
    {
        lock (Set.Gate)
        {
            foreach (var run in _runs)
            {
                if (!run.IsFailing || Retry is not null)
                {
                    run.Seal();
                }

                if (++_sealed == SealedAtOnce)
                {
                    break;
                }
            }
        }
    }
}

/// <summary>What follows the runs of a job, in this order.</summary>
internal enum WriteStep
{
    /// <summary>session.json, where it has changed.</summary>
    SaveState,

    /// <summary>steps.json, where it is due.</summary>
    SaveSteps,

    /// <summary>The files are closed, where that is wanted.</summary>
    Close,

    /// <summary>Nothing is left.</summary>
    None,
}
