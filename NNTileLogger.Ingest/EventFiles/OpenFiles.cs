namespace NNTileLogger.Ingest.EventFiles;

/// <summary>
/// Keeps the number of open event files within MAX_OPEN_FILES by closing the one that was written longest ago (of those
/// that were open before there were so many: opened); it is opened again for append when needed. Used by the writer
/// thread, and by another one that took over from it.
/// </summary>
internal sealed class OpenFiles(int limit)
{
    private const int LeastLimit = 4;
    private const int TooManyOpenInProcess = 24;
    private const int TooManyOpenInSystem = 23;

    private readonly Lock _gate = new();
    private readonly LinkedList<RunWriter> _byLastWrite = [];
    private int _limit = limit;

    public int Count
    {
        get
        {
            lock (_gate)
            {
                return _byLastWrite.Count;
            }
        }
    }

    /// <summary>Notes that a run's file is about to be written, and closes another where that makes one too many.</summary>
    public void Touch(RunWriter run)
    {
        EventFile? closing = null;
        lock (_gate)
        {
            if (run.OpenFilesNode is { } node)
            {
                // As long as none has to be closed their order is of no use, and moving one goes to three places in memory.
                if (_byLastWrite.Count >= _limit)
                {
                    _byLastWrite.Remove(node);
                    _byLastWrite.AddLast(node);
                }

                return;
            }

            run.OpenFilesNode = _byLastWrite.AddLast(run);
            if (_byLastWrite.Count > _limit)
            {
                var oldest = _byLastWrite.First!;
                // A file in the middle of a write that hangs stays open: its thread still needs it.
                if (!oldest.Value.IsWriting)
                {
                    _byLastWrite.Remove(oldest);
                    oldest.Value.OpenFilesNode = null;
                    closing = oldest.Value.File;
                }
            }
        }

        closing?.Close();
    }

    /// <summary>True where the system has no descriptor left for a file.</summary>
    public static bool IsDescriptorLimit(IOException e) => e.HResult is TooManyOpenInProcess or TooManyOpenInSystem;

    /// <summary>Closes half of the files and keeps fewer from here on: the system has no descriptor left.</summary>
    public void Shrink()
    {
        RunWriter[] closing;
        lock (_gate)
        {
            _limit = Math.Max(LeastLimit, _byLastWrite.Count / 2);
            closing = [.. _byLastWrite.Take(_byLastWrite.Count - _limit)];
        }

        foreach (var run in closing.Where(run => !run.IsWriting))
        {
            Close(run);
        }
    }

    /// <summary>Closes a run's file.</summary>
    public void Close(RunWriter run)
    {
        lock (_gate)
        {
            if (run.OpenFilesNode is { } node)
            {
                _byLastWrite.Remove(node);
                run.OpenFilesNode = null;
            }
        }

        run.File?.Close();
    }

    /// <summary>The files that are open now.</summary>
    public EventFile[] Snapshot()
    {
        lock (_gate)
        {
            return [.. _byLastWrite.Select(run => run.File).OfType<EventFile>()];
        }
    }
}
