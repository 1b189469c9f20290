namespace NNTileLogger.Ingest.EventFiles;

/// <summary>
/// One run: a directory of event files and the chunks of points on their way into it. The connection fills chunks,
/// the writer thread takes them from the other end, under <see cref="RunSet.WriteGate"/>.
/// </summary>
internal sealed class RunWriter(RunSet owner, byte[] name, string folder)
{
    // Replaced when one is added: the writer reads it at any time.
    private SeriesWriter[] _series = [];

    // No object of its own: each write would go to one more place in memory.
    private ChunkQueue _chunks = new(owner);
    private bool _isSealing;

    public RunSet Owner { get; } = owner;

    /// <summary>The name as the client gave it, broken UTF-8 included.</summary>
    public ReadOnlySpan<byte> Name => name;

    /// <summary>The directory below the session's, with slashes.</summary>
    public string Folder { get; } = folder;

    public ReadOnlySpan<SeriesWriter> Series => _series;

    /// <summary>Waits in the set's list of runs with something to write.</summary>
    public bool IsDirty { get; set; }

    /// <summary>Waits in the set's list of runs with full chunks.</summary>
    public bool IsFull { get; set; }

    // The rest is the writer thread's.

    /// <summary>A write is under way; another writer thread keeps its hands off.</summary>
    public bool IsWriting { get; private set; }

    /// <summary>The last write failed; the run is written again when its retry comes.</summary>
    public bool IsFailing { get; set; }

    public EventFile? File { get; set; }

    /// <summary>When the file is due for rotation, in <see cref="TimeProvider"/> ticks.</summary>
    public long RotateAt { get; set; }

    /// <summary>The state of syncing when the file was begun: see <see cref="DiskSync.State"/>.</summary>
    public int SyncState { get; set; }

    /// <summary>This run's place in the list of open files.</summary>
    public LinkedListNode<RunWriter>? OpenFilesNode { get; set; }

    /// <summary>Points of all its series since this server took the session up, without those that wait to be put into chunks.</summary>
    public long Count
    {
        get
        {
            var count = 0L;
            foreach (var series in _series)
            {
                count += series.Count;
            }

            return count;
        }
    }

    /// <summary>The series of a tag; null where it is new.</summary>
    public SeriesWriter? FindSeries(ReadOnlySpan<byte> tag)
    {
        foreach (var series in _series)
        {
            if (series.Tag.SequenceEqual(tag))
            {
                return series;
            }
        }

        return null;
    }

    /// <summary>Makes the series of a tag. Under the set's lock.</summary>
    public SeriesWriter AddSeries(byte[] tag, long step)
    {
        var series = new SeriesWriter(this, _series.Length, tag, step);
        _series = [.. _series, series];
        return series;
    }

    /// <summary>The chunk that points are put into; null where there is none. Under the set's lock.</summary>
    public Chunk? OpenChunk => _chunks.Open;

    /// <summary>Adds an empty one. Under the set's lock.</summary>
    /// <param name="wanted">Bytes it should have room for.</param>
    /// <param name="now">The time in <see cref="TimeProvider"/> ticks.</param>
    public Chunk AddChunk(int wanted, long now)
    {
        lock (Owner.WriteGate)
        {
            var chunk = _chunks.Add(wanted, now, out var full);
            if (!_isSealing)
            {
                Owner.Dirty.Mark(this, full);
            }

            return chunk;
        }
    }

    /// <summary>
    /// Makes all there is ready for the write that follows; where one is under way, it is marked at its end. Under the
    /// set's lock.
    /// </summary>
    public void Seal()
    {
        _isSealing = true;
        foreach (var series in _series)
        {
            Owner.Waiting.PutIntoChunks(series.Number);
        }

        _isSealing = false;
        lock (Owner.WriteGate)
        {
            if (!IsWriting)
            {
                _chunks.Seal();
            }
        }
    }

    /// <summary>Begins writing what is ready. Under <see cref="RunSet.WriteGate"/>.</summary>
    /// <returns>The first chunk, or null where there is nothing to do or another thread is at it.</returns>
    public Chunk? BeginWrite()
    {
        if (IsWriting)
        {
            return null;
        }

        var first = _chunks.FirstSealed;
        IsWriting = first is not null;
        return first;
    }

    /// <summary>
    /// Takes the written first chunk away; behind the last one the write is ended, and has worked. Under
    /// <see cref="RunSet.WriteGate"/>.
    /// </summary>
    /// <returns>The next one to write, or null.</returns>
    public Chunk? Advance()
    {
        _chunks.RemoveFirst();
        if (_chunks.FirstSealed is { } next)
        {
            return next;
        }

        (IsWriting, IsFailing) = (false, false);
        if (_chunks.First is not null)
        {
            Owner.Dirty.Mark(this, fullBytes: 0);
        }

        if (_chunks.First is not null || HasWaiting())
        {
            Owner.Dirty.Committed();
        }

        return null;
    }

    /// <summary>Ends a write that has failed; what could not be written stays, for its retry. Under <see cref="RunSet.WriteGate"/>.</summary>
    public void Fail() => (IsWriting, IsFailing) = (false, true);

    /// <summary>
    /// Gives the oldest unwritten chunk up; where a write does not return, the oldest behind the one that it is at. Under
    /// both locks.
    /// </summary>
    /// <param name="isNext">Whether it was the next to be written, so that a part of it may stand in the file.</param>
    /// <returns>It, or null where there is none that can be given up.</returns>
    public Chunk? DropOldest(out bool isNext)
    {
        isNext = !IsWriting;
        return isNext ? _chunks.RemoveFirst() : _chunks.RemoveSecond();
    }

    /// <summary>When the oldest unwritten point was taken in; null where all are written.</summary>
    public long? OldestSince => _chunks.First?.Since;

    /// <summary>Takes the points of a chunk over into what is kept of their series. Under <see cref="RunSet.Look"/>'s lock.</summary>
    public void Keep(Chunk chunk)
    {
        var rest = chunk.TakeUnkept();
        while (!rest.IsEmpty)
        {
            var stretch = Stretch.Take(ref rest);
            _series[stretch.Series].Kept.Add(stretch.FirstStep, stretch.Values, stretch.Batches);
        }
    }

    /// <summary>The same for all chunks there are. Under both other locks too.</summary>
    public void KeepAll()
    {
        for (var chunk = _chunks.First; chunk is not null; chunk = chunk.Next)
        {
            Keep(chunk);
        }
    }

    /// <summary>A copy of the points of all chunks there are, one that is being written included. Under both locks.</summary>
    public UnwrittenPoints? CopyUnwritten()
    {
        var points = _chunks.CopyPoints();
        return points.Length == 0 ? null : new UnwrittenPoints(this, points);
    }

    // Without the set's lock: those that came before the write began are seen, and for what comes the connection itself
    // tells the writer.
    private bool HasWaiting()
    {
        foreach (var series in _series)
        {
            if (Owner.Waiting.Has(series.Number))
            {
                return true;
            }
        }

        return false;
    }
}
