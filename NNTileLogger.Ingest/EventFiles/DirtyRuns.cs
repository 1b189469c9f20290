namespace NNTileLogger.Ingest.EventFiles;

/// <summary>
/// Which runs of a set have something to write, and whether the writer knows. A part of its <see cref="RunSet"/>; under
/// <see cref="RunSet.WriteGate"/>.
/// </summary>
internal sealed class DirtyRuns(RunSet set, EventWriter writer)
{
    // Waking the writer for each full chunk costs more than the write.
    private const long WorthAWake = 512 << 10;

    private readonly List<RunWriter> _dirty = [];
    private readonly List<RunWriter> _full = [];
    private long _fullBytes;
    private bool _isScheduled;

    /// <summary>Notes that a run has something to write. Under the lock.</summary>
    /// <param name="run">The run.</param>
    /// <param name="fullBytes">Bytes that the records of a chunk of it take that has just become full, else 0.</param>
    public void Mark(RunWriter run, int fullBytes)
    {
        // What is left or comes during a write is marked at its end.
        if (!run.IsDirty && !run.IsWriting)
        {
            run.IsDirty = true;
            _dirty.Add(run);
        }

        if (fullBytes > 0)
        {
            _fullBytes += fullBytes;
            if (!run.IsFull)
            {
                run.IsFull = true;
                _full.Add(run);
            }
        }
    }

    /// <summary>Tells the writer what the block that was just committed left to do. Takes the lock.</summary>
    public void Committed()
    {
        bool now, soon;
        lock (set.WriteGate)
        {
            now = _fullBytes >= WorthAWake;
            soon = !_isScheduled && (_dirty.Count > 0 || !set.Waiting.IsEmpty);
            _isScheduled |= soon;
        }

        if (now)
        {
            writer.ScheduleNow(set);
        }

        if (soon)
        {
            writer.ScheduleSoon(set);
        }
    }

    /// <summary>Takes the runs with much to write. Takes the lock; called by the writer.</summary>
    public void TakeFull(Queue<RunWriter> into)
    {
        lock (set.WriteGate)
        {
            Take(_full, into);
        }
    }

    /// <summary>Takes the runs that have something to write. Takes both locks; called by the writer.</summary>
    public void Take(Queue<RunWriter> into)
    {
        lock (set.Gate)
        {
            lock (set.WriteGate)
            {
                set.Waiting.MarkRuns();
                Take(_dirty, into);
                ClearDirty();
            }
        }
    }

    /// <summary>
    /// Takes every run that holds a point, also those that a job which let others go first has taken and not come back
    /// to yet. Takes both locks; called by the writer.
    /// </summary>
    public void TakeAll(Queue<RunWriter> into)
    {
        lock (set.Gate)
        {
            set.Waiting.PutIntoChunks();
            lock (set.WriteGate)
            {
                foreach (var run in set.Runs)
                {
                    if (run.OldestSince is not null)
                    {
                        into.Enqueue(run);
                    }
                }

                ClearFull();
                ClearDirty();
            }
        }
    }

    // By its own type: going through it then allocates nothing.
    private void Take(List<RunWriter> runs, Queue<RunWriter> into)
    {
        foreach (var run in runs)
        {
            into.Enqueue(run);
        }

        ClearFull();
    }

    private void ClearFull()
    {
        foreach (var run in _full)
        {
            run.IsFull = false;
        }

        _full.Clear();
        _fullBytes = 0;
    }

    private void ClearDirty()
    {
        _isScheduled = false;
        foreach (var run in _dirty)
        {
            run.IsDirty = false;
        }

        _dirty.Clear();
    }
}
