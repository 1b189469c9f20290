namespace NNTileLogger.Ingest.EventFiles;

/// <summary>
/// One run: a directory of event files and the chunks of records on their way into it. The connection fills chunks,
/// the writer thread takes them from the other end; both under the lock of the <see cref="RunSet"/>, which is never
/// held during a write.
/// </summary>
internal sealed class RunWriter(RunSet owner, byte[] name, string folder)
{
    // Replaced when one is added: the writer reads it at any time.
    private SeriesWriter[] _series = [];

    // No object of its own: each write would go to one more place in memory.
    private ChunkQueue _chunks = new(owner);

    public RunSet Owner { get; } = owner;

    /// <summary>The name as the client gave it, broken UTF-8 included.</summary>
    public ReadOnlySpan<byte> Name => name;

    /// <summary>The directory below the session's, with slashes.</summary>
    public string Folder { get; } = folder;

    public IReadOnlyList<SeriesWriter> Series => _series;

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
        var series = new SeriesWriter(this, tag, step);
        _series = [.. _series, series];
        return series;
    }

    /// <summary>A chunk with room for a record, also past the memory limit.</summary>
    public Chunk RoomFor(int size, long now) => _chunks.OpenWith(size) ?? AddChunk(size, now);

    /// <summary>A chunk with room for a record; null where that takes a new one and the memory limit is reached.</summary>
    public Chunk? TryRoomFor(int size, long now) => _chunks.OpenWith(size) ?? (Owner.IsFull ? null : AddChunk(size, now));

    /// <summary>Begins writing: what is filled so far, or only full chunks. Under the set's lock.</summary>
    /// <returns>The first chunk, or null where there is nothing to do or another thread is at it.</returns>
    public Chunk? BeginWrite(bool everything)
    {
        if (IsWriting)
        {
            return null;
        }

        IsWriting = true;
        if (everything)
        {
            PutIntoChunks();
            _chunks.Seal();
        }

        var first = _chunks.FirstSealed;
        IsWriting = first is not null;
        return first;
    }

    /// <summary>Takes the written first chunk away; behind the last one the write is ended, and has worked. Under the set's lock.</summary>
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

    /// <summary>Ends a write that has failed; what could not be written stays, for its retry. Under the set's lock.</summary>
    public void Fail() => (IsWriting, IsFailing) = (false, true);

    /// <summary>
    /// Gives the oldest unwritten chunk up; where a write does not return, the oldest behind the one that it is at. Under
    /// the set's lock.
    /// </summary>
    /// <param name="isNext">Whether it was the next to be written, so that a part of it may stand in the file.</param>
    /// <returns>It, or null where there is none that can be given up.</returns>
    public Chunk? DropOldest(out bool isNext)
    {
        isNext = !IsWriting;
        return isNext ? _chunks.RemoveFirst() : _chunks.RemoveSecond();
    }

    /// <summary>When the oldest unwritten point was taken in; null where all are written. Under the set's lock.</summary>
    public long? OldestSince => _chunks.First?.Since;

    /// <summary>Takes the points of a chunk over into what is kept of their series. Under <see cref="RunSet.Look"/>'s lock.</summary>
    public void Keep(Chunk chunk)
    {
        var rest = chunk.Filled[chunk.KeptLength..];
        chunk.KeptLength = chunk.Length;
        if (rest.IsEmpty)
        {
            return;
        }

        if (chunk.OnlySeries is { } only)
        {
            only.Keep(rest);
            return;
        }

        while (!rest.IsEmpty)
        {
            var behind = ScalarRecordReader.Read(rest, out _, out var tag);
            while (!behind.IsEmpty && ScalarRecordReader.Read(behind, out _, out var next) is var more && next.SequenceEqual(tag))
            {
                behind = more;
            }

            FindSeries(tag)!.Keep(rest[..^behind.Length]);
            rest = behind;
        }
    }

    /// <summary>The same for all chunks there are. Under the set's lock too.</summary>
    public void KeepAll()
    {
        for (var chunk = _chunks.First; chunk is not null; chunk = chunk.Next)
        {
            if (chunk.KeptLength < chunk.Length)
            {
                Keep(chunk);
            }
        }
    }

    /// <summary>A copy of the records of all chunks there are, one that is being written included. Under the set's lock.</summary>
    public UnwrittenRecords? CopyUnwritten()
    {
        var records = _chunks.CopyRecords();
        return records.Length == 0 ? null : new UnwrittenRecords(this, records);
    }

    private void PutIntoChunks()
    {
        foreach (var series in _series)
        {
            Owner.Waiting.PutIntoChunks(series.Number);
        }
    }

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

    private Chunk AddChunk(int size, long now)
    {
        var chunk = _chunks.Add(size, now, out var full);
        Owner.Dirty.Mark(this, full);
        return chunk;
    }
}
