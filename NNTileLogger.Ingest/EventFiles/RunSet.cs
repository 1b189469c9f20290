using System.Text;
using NNTileLogger.Ingest.Points;

namespace NNTileLogger.Ingest.EventFiles;

/// <summary>
/// The runs of one session and the locks for them (for all at once, which is faster than one each). The connection
/// takes in a block of points while holding <see cref="Gate"/>; the writer thread takes chunks away under
/// <see cref="WriteGate"/>. Neither is held during a write.
/// </summary>
internal sealed class RunSet
{
    // What a training sends in seconds; two thousand of them take half of BUFFER_MB's default.
    private const long Spare = 64 << 10;

    private readonly SeriesLimit _limit;
    private readonly RunFolders _folders;
    private readonly Dictionary<byte[], RunWriter> _runs = new(ByteSpanComparer.Instance);
    private readonly Dictionary<byte[], RunWriter>.AlternateLookup<ReadOnlySpan<byte>> _runsByName;
    private readonly Lock _keptGate = new();
    private int _seriesCount;
    private int _keptUsers = 1;

    /// <summary>Makes the set of a session that begins or is continued.</summary>
    /// <param name="writer">Writes what the runs hold.</param>
    /// <param name="buffer">Gives memory for points.</param>
    /// <param name="kept">Gives memory for the points that are kept for those who look.</param>
    /// <param name="place">The session's directory.</param>
    /// <param name="folders">The folders of unusual names known so far.</param>
    /// <param name="restored">What the session's files hold already.</param>
    /// <param name="limit">Says whether the session may have more series.</param>
    public RunSet(
        EventWriter writer, PointBuffer buffer, PointMemory kept, SessionPlace place, RunFolders folders, RestoredSteps restored, SeriesLimit limit)
    {
        Dirty = new DirtyRuns(this, writer);
        Waiting = new WaitingPoints(this);
        Buffer = buffer;
        Kept = kept;
        Place = place;
        _folders = folders;
        Restored = restored;
        _limit = limit;
        _runsByName = _runs.GetAlternateLookup<ReadOnlySpan<byte>>();
        LastWallTime = restored.LastWallTime;
    }

    /// <summary>Guards this set, its runs, their series and the chunks that points are put into.</summary>
    public Lock Gate { get; } = new();

    /// <summary>
    /// Guards which chunks there are, and which runs have something to write. Held for moments only, so that the writer
    /// need not wait until a block is read; taken last where other locks are taken too.
    /// </summary>
    public Lock WriteGate { get; } = new();

    /// <summary>Which runs have something to write.</summary>
    public DirtyRuns Dirty { get; }

    /// <summary>Points that are in no chunk yet.</summary>
    public WaitingPoints Waiting { get; }

    public PointBuffer Buffer { get; }

    public PointMemory Kept { get; }

    /// <summary>Memory of this set's unwritten points. Under <see cref="WriteGate"/>.</summary>
    public long UnwrittenBytes { get; set; }

    /// <summary>
    /// True where no more points should be taken in: all the memory is used up, and this set has its part in it. Who has
    /// little waits for nobody, so that a client that sends millions of points does not hold up a training.
    /// </summary>
    public bool IsFull => Buffer.IsFull && UnwrittenBytes > Spare;

    public SessionPlace Place { get; }

    public RestoredSteps Restored { get; }

    public Dictionary<byte[], RunWriter>.ValueCollection Runs => _runs.Values;

    /// <summary>Series there are; those who look compare it from any thread.</summary>
    public int SeriesCount => Volatile.Read(ref _seriesCount);

    /// <summary>The wall time of the last arrival. Under the lock.</summary>
    public double LastWallTime { get; private set; }

    /// <summary>True while the set waits at the writer for its urgent runs to be written. Under the writer's lock.</summary>
    public bool IsUrgent { get; set; }

    /// <summary>True while the set's own file waits to be written again. Under the writer's lock.</summary>
    public bool IsStateRetried { get; set; }

    /// <summary>True where the set's own file could not be written the last time; the writer's.</summary>
    public bool IsStateFailing { get; set; }

    /// <summary>Bytes written since the last checkpoint; the writer's.</summary>
    public long BytesSinceCheckpoint { get; set; }

    /// <summary>True while its files are to be closed again where something is still written to them: the session has ended. The writer's.</summary>
    public bool IsClosed { get; set; }

    /// <summary>When the last checkpoint was written, in <see cref="TimeProvider"/> ticks; the writer's.</summary>
    public long LastCheckpoint { get; set; }

    /// <summary>
    /// The arrival of a block: its wall time is later than any other of the session, whatever the clock does, so that
    /// those who read on from a wall time miss nothing. Under the lock.
    /// </summary>
    public Arrival Arrive(DateTimeOffset now, long timestamp)
    {
        LastWallTime = Math.Max(double.BitIncrement(LastWallTime), now.ToWallTime());
        return new Arrival(LastWallTime, timestamp);
    }

    /// <summary>The series of a run and tag; made where it is new. Under the lock.</summary>
    /// <param name="name">The run's name as the client gave it.</param>
    /// <param name="tag">The tag as the client gave it; what is no UTF-8 in it becomes U+FFFD.</param>
    /// <returns>Null where the session may have no more series.</returns>
    public SeriesWriter? GetSeries(ReadOnlySpan<byte> name, ReadOnlySpan<byte> tag)
    {
        var text = NameText.ToUtf8(tag);
        if (_runsByName.TryGetValue(name, out var run) && run.FindSeries(text) is { } known)
        {
            return known;
        }

        if (!_limit.TryTake(_seriesCount))
        {
            return null;
        }

        _seriesCount++;
        run ??= AddRun(name.ToArray());
        return run.AddSeries(text.ToArray(), Restored.StepOf(run.Folder, Encoding.UTF8.GetString(text)));
    }

    /// <summary>Points the session has taken in, before a restart too. Under the lock.</summary>
    public long CountPoints() =>
        Restored.Points + _runs.Values.Sum(run => run.Count) + Waiting.Count;

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

    /// <summary>
    /// Lets the caller read what is kept of every series, with all points that have come so far. No point is taken in
    /// and none written until the view is disposed: copy what is needed. Any thread.
    /// </summary>
    public KeptView Look()
    {
        Gate.Enter();
        _keptGate.Enter();
        Waiting.PutIntoChunks();
        lock (WriteGate)
        {
            foreach (var run in _runs.Values)
            {
                run.KeepAll();
            }
        }

        return new KeptView(this, _keptGate);
    }

    /// <summary>
    /// Takes the points of a chunk over into what is kept of their series. The writer does it on its way, where many
    /// points of one run stand together, and so spares the connection the way to each series' memory: a fifth of its
    /// time.
    /// </summary>
    public void Keep(RunWriter run, Chunk chunk)
    {
        lock (_keptGate)
        {
            run.Keep(chunk);
        }
    }

    /// <summary>Gives up a run's oldest unwritten chunk, before a look can take over what came later.</summary>
    /// <param name="run">The run.</param>
    /// <param name="isNext">Whether a part of it may stand in the file.</param>
    /// <returns>It, or null where there is none that can be given up.</returns>
    public Chunk? DropOldest(RunWriter run, out bool isNext)
    {
        lock (Gate)
        {
            Chunk? dropped;
            lock (WriteGate)
            {
                dropped = run.DropOldest(out isNext);
            }

            if (dropped is not null)
            {
                Keep(run, dropped);
            }

            return dropped;
        }
    }

    /// <summary>
    /// Copies what has not reached its files, so that these can be read afterwards without a gap to what is being taken
    /// in. Any thread.
    /// </summary>
    /// <param name="folder">Only of the run in this folder; null for all.</param>
    public List<UnwrittenPoints> CopyUnwritten(string? folder)
    {
        lock (Gate)
        {
            Waiting.PutIntoChunks();
            lock (WriteGate)
            {
                return [.. _runs.Values
                    .Where(run => folder is null || run.Folder == folder)
                    .Select(run => run.CopyUnwritten())
                    .OfType<UnwrittenPoints>()];
            }
        }
    }

    /// <summary>Keeps the points for those who look until <see cref="ReleaseKept"/>, past the session's end too.</summary>
    /// <returns>False where they have been given up: the files have all there is.</returns>
    public bool TryHoldKept()
    {
        var users = Volatile.Read(ref _keptUsers);
        while (users > 0)
        {
            var before = Interlocked.CompareExchange(ref _keptUsers, users + 1, users);
            if (before == users)
            {
                return true;
            }

            users = before;
        }

        return false;
    }

    /// <summary>Needs the points no more that are kept for those who look; the last one to say so gives them up.</summary>
    public void ReleaseKept()
    {
        if (Interlocked.Decrement(ref _keptUsers) == 0)
        {
            using var view = Look();
            view.ClearKept();
            _limit.Give(_seriesCount);
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
