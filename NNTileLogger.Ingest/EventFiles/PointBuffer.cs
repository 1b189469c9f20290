namespace NNTileLogger.Ingest.EventFiles;

/// <summary>
/// The memory of all points that are not in their files yet: hands out chunks, keeps returned ones for the next use,
/// and says when the limit (BUFFER_MB) is reached. Any thread.
/// </summary>
internal sealed class PointBuffer(long limit)
{
    // A run that gets two points a second needs little, a run at full speed writes 64 KiB at a time: measured as 1.6
    // times the speed of 4 KiB writes, and 256 KiB gain nothing more.
    private static readonly int[] _sizes = [1 << 10, 1 << 12, 1 << 14, 1 << 16];

    private readonly Lock _gate = new();
    private readonly Stack<Chunk>[] _free = [new(), new(), new(), new()];
    private long _used;
    private TaskCompletionSource? _room;

    /// <summary>The largest ordinary chunk; a run with so much to write is written at once.</summary>
    public static int LargestChunk => _sizes[^1];

    /// <summary>Bytes in chunks that are handed out.</summary>
    public long Used => Interlocked.Read(ref _used);

    /// <summary>True while no more points should be taken in.</summary>
    public bool IsFull => Used >= limit;

    /// <summary>Gives an empty chunk, also past the limit: those who can wait ask <see cref="IsFull"/> first.</summary>
    /// <param name="size">Bytes it should hold; taken up to the next size that is kept.</param>
    /// <param name="now">Its <see cref="Chunk.Since"/>.</param>
    public Chunk Rent(int size, long now)
    {
        Chunk? chunk = null;
        lock (_gate)
        {
            var kind = KindFor(size);
            if (kind >= 0)
            {
                size = _sizes[kind];
                _free[kind].TryPop(out chunk);
            }

            _used += chunk?.Bytes.Length ?? size;
        }

        chunk ??= new Chunk(GC.AllocateUninitializedArray<byte>(size));
        chunk.Since = now;
        return chunk;
    }

    /// <summary>Takes a chunk back whose records are written or given up.</summary>
    public void Return(Chunk chunk)
    {
        TaskCompletionSource? room = null;
        lock (_gate)
        {
            _used -= chunk.Bytes.Length;
            var kind = KindFor(chunk.Bytes.Length);
            if (kind >= 0)
            {
                chunk.Length = 0;
                chunk.Points = 0;
                chunk.Next = null;
                _free[kind].Push(chunk);
            }

            if (_used < limit)
            {
                (room, _room) = (_room, null);
            }
        }

        room?.SetResult();
    }

    /// <summary>Completes when the buffer is below its limit.</summary>
    public Task WaitForRoomAsync()
    {
        lock (_gate)
        {
            if (_used < limit)
            {
                return Task.CompletedTask;
            }

            _room ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            return _room.Task;
        }
    }

    /// <summary>Gives memory kept for the next use back to the runtime; called now and then when little is going on.</summary>
    public void Trim()
    {
        lock (_gate)
        {
            foreach (var kept in _free)
            {
                kept.Clear();
                kept.TrimExcess();
            }
        }
    }

    private static int KindFor(int size)
    {
        for (var kind = 0; kind < _sizes.Length; kind++)
        {
            if (size <= _sizes[kind])
            {
                return kind;
            }
        }

        return -1;
    }
}
