using System.Text;

namespace NNTileLogger.Ingest.EventFiles;

/// <summary>
/// The runs of one session and the one lock for them (one lock for all is faster than one each). The connection
/// commits a block of points while holding <see cref="Gate"/>; the writer thread takes chunks away under it.
/// </summary>
internal sealed class RunSet
{
    // Waking the writer for each full chunk costs more than the write.
    private const long WorthAWake = 512 << 10;

    private readonly EventWriter _writer;
    private readonly int _maxSeries;
    private readonly RunFolders _folders;
    private readonly Dictionary<byte[], RunWriter> _runs = new(ByteSpanComparer.Instance);
    private readonly Dictionary<byte[], RunWriter>.AlternateLookup<ReadOnlySpan<byte>> _runsByName;
    private readonly List<RunWriter> _dirty = [];
    private readonly List<RunWriter> _full = [];
    private int _seriesCount;
    private long _fullBytes;
    private bool _isScheduled;

    /// <summary>Makes the set of a session that begins or is continued.</summary>
    /// <param name="writer">Writes what the runs hold.</param>
    /// <param name="buffer">Gives memory for points.</param>
    /// <param name="place">The session's directory.</param>
    /// <param name="folders">The folders of unusual names known so far.</param>
    /// <param name="restored">What the session's files hold already.</param>
    /// <param name="maxSeries">The most series the session may have.</param>
    public RunSet(EventWriter writer, PointBuffer buffer, SessionPlace place, RunFolders folders, RestoredSteps restored, int maxSeries)
    {
        _writer = writer;
        Buffer = buffer;
        Place = place;
        _folders = folders;
        Restored = restored;
        _maxSeries = maxSeries;
        _runsByName = _runs.GetAlternateLookup<ReadOnlySpan<byte>>();
        LastWallTime = restored.LastWallTime;
    }

    /// <summary>Guards this set, its runs, their series and chunks.</summary>
    public Lock Gate { get; } = new();

    public PointBuffer Buffer { get; }

    public SessionPlace Place { get; }

    public RestoredSteps Restored { get; }

    public Dictionary<byte[], RunWriter>.ValueCollection Runs => _runs.Values;

    /// <summary>The wall time of the last arrival. Under the lock.</summary>
    public double LastWallTime { get; private set; }

    /// <summary>True while the set waits at the writer for its urgent runs to be written. Under the writer's lock.</summary>
    public bool IsUrgent { get; set; }

    /// <summary>Bytes written since the last checkpoint; the writer's.</summary>
    public long BytesSinceCheckpoint { get; set; }

    /// <summary>When the last checkpoint was written, in <see cref="TimeProvider"/> ticks; the writer's.</summary>
    public long LastCheckpoint { get; set; }

    /// <summary>The arrival of a block: its wall time never goes back within the session. Under the lock.</summary>
    public Arrival Arrive(DateTimeOffset now, long timestamp)
    {
        LastWallTime = Math.Max(LastWallTime, now.ToWallTime());
        return new Arrival(LastWallTime, timestamp);
    }

    /// <summary>The series of a run and tag; made where it is new. Under the lock.</summary>
    /// <param name="name">The run's name as the client gave it.</param>
    /// <param name="tag">The tag as the client gave it; what is no UTF-8 in it becomes U+FFFD.</param>
    /// <returns>Null where the session has as many series as it may have.</returns>
    public SeriesWriter? GetSeries(ReadOnlySpan<byte> name, ReadOnlySpan<byte> tag)
    {
        var text = NameText.ToUtf8(tag);
        if (_runsByName.TryGetValue(name, out var run) && run.FindSeries(text) is { } known)
        {
            return known;
        }

        if (_seriesCount >= _maxSeries)
        {
            return null;
        }

        _seriesCount++;
        run ??= AddRun(name.ToArray());
        return run.AddSeries(text.ToArray(), Restored.StepOf(run.Folder, Encoding.UTF8.GetString(text)));
    }

    /// <summary>Notes that a run has something to write. Under the lock.</summary>
    /// <param name="run">The run.</param>
    /// <param name="fullBytes">Bytes in a chunk of it that has just become full, else 0.</param>
    public void MarkDirty(RunWriter run, int fullBytes)
    {
        if (!run.IsDirty)
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

    /// <summary>Tells the writer what the block that was just committed left to do. Under the lock.</summary>
    public void Committed()
    {
        if (_fullBytes >= WorthAWake)
        {
            _writer.ScheduleNow(this);
        }

        if (_dirty.Count > 0 && !_isScheduled)
        {
            _isScheduled = true;
            _writer.ScheduleSoon(this);
        }
    }

    /// <summary>Takes the runs that have something to write, or only those with much to write. Called by the writer.</summary>
    public void TakeDirty(bool everything, Queue<RunWriter> into)
    {
        lock (Gate)
        {
            foreach (var run in everything ? _dirty : _full)
            {
                into.Enqueue(run);
            }

            foreach (var run in _full)
            {
                run.IsFull = false;
            }

            _full.Clear();
            _fullBytes = 0;
            if (everything)
            {
                _isScheduled = false;
                foreach (var run in _dirty)
                {
                    run.IsDirty = false;
                }

                _dirty.Clear();
            }
        }
    }

    /// <summary>True where one of the runs has this folder. Under the lock.</summary>
    public bool HasRunIn(string folder) => _folders.IsTaken(folder);

    /// <summary>The runs there are now.</summary>
    public RunWriter[] SnapshotRuns()
    {
        lock (Gate)
        {
            return [.. _runs.Values];
        }
    }

    /// <summary>The names whose folders do not tell them.</summary>
    public UnusualName[] UnusualNames()
    {
        lock (Gate)
        {
            return [.. _folders.Unusual];
        }
    }

    private RunWriter AddRun(byte[] name)
    {
        var run = new RunWriter(this, name, _folders.FolderFor(name, out var isNewUnusual));
        _runs.Add(name, run);
        if (isNewUnusual)
        {
            Place.StateChanged();
        }

        return run;
    }
}
