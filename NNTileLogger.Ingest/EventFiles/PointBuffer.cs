namespace NNTileLogger.Ingest.EventFiles;

/// <summary>
/// The memory of all points that are not in their files yet: hands out chunks, keeps returned ones for the next use,
/// and says when the limit (BUFFER_MB) is reached. Any thread.
/// </summary>
internal sealed class PointBuffer(long limit) : IDisposable
{
    // A run that gets two points a second needs little. At full speed larger writes cost less: 64 KiB at a time 1.6
    // times the speed of 4 KiB, and 256 KiB gain nothing more; but hundreds of runs that fill as much take memory.
    private static readonly int[] _sizes = [1 << 8, 1 << 10, 1 << 12, 1 << 14, 1 << 15, 1 << 16];

    // What is in use then stays in the processor's caches: without pacing a client at full speed had 200 MB on the way,
    // and took twice the time for it.
    private const long PaceAbove = 4 << 20;
    private static readonly TimeSpan _longestPace = TimeSpan.FromMilliseconds(50);

    private readonly Lock _gate = new();
    private readonly PaceGate _pace = new(_longestPace);
    private readonly Stack<Chunk>[] _free = [new(), new(), new(), new(), new(), new()];
    private long _used;

    // Grows without the lock.
    private long _ready;

    private bool _isPacing;
    private TaskCompletionSource? _room;

    /// <summary>The chunk for what comes after a full one of a size.</summary>
    /// <param name="size">That size.</param>
    /// <param name="atOnce">Whether one block of lines filled it.</param>
    public static int SizeAfter(int size, bool atOnce) => Math.Min(size * 4, atOnce ? _sizes[^1] : _sizes[^2]);

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

    /// <summary>Notes that a chunk is filled and waits to be written.</summary>
    public void Ready(Chunk chunk) => Interlocked.Add(ref _ready, chunk.Length);

    /// <summary>Takes a chunk back whose records are written or given up.</summary>
    public void Return(Chunk chunk)
    {
        TaskCompletionSource? room = null;
        bool calm;
        lock (_gate)
        {
            _used -= chunk.Bytes.Length;
            var ready = Interlocked.Add(ref _ready, -chunk.Length);
            var kind = KindFor(chunk.Bytes.Length);
            if (kind >= 0)
            {
                chunk.Length = 0;
                chunk.KeptLength = 0;
                chunk.OnlySeries = null;
                chunk.Points = 0;
                chunk.Next = null;
                _free[kind].Push(chunk);
            }

            if (_used < limit)
            {
                (room, _room) = (_room, null);
            }

            calm = _isPacing && ready < PaceAbove;
            _isPacing &= !calm;
        }

        room?.SetResult();
        if (calm)
        {
            _pace.Open();
        }
    }

    /// <summary>
    /// Lets a reader that is faster than the writer wait for it a moment. No longer than that: on a slow disk the
    /// memory up to the limit is there to be used.
    /// </summary>
    public ValueTask PaceAsync()
    {
        if (Interlocked.Read(ref _ready) < PaceAbove)
        {
            return ValueTask.CompletedTask;
        }

        lock (_gate)
        {
            if (Interlocked.Read(ref _ready) < PaceAbove)
            {
                return ValueTask.CompletedTask;
            }

            _isPacing = true;
            return _pace.WaitAsync();
        }
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

    public void Dispose() => _pace.Dispose();

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
