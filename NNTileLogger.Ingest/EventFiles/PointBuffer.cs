using System.Runtime.CompilerServices;

namespace NNTileLogger.Ingest.EventFiles;

/// <summary>
/// The memory of all points that are not in their files yet: hands out chunks, keeps returned ones for the next use,
/// and says when the limit (BUFFER_MB) is reached. Any thread.
/// </summary>
internal sealed class PointBuffer(long limit) : IDisposable
{
    // A run that gets two points a second needs little. At full speed a chunk should be all that is written at once,
    // several hundred points that came one by one, or a thousand that came together: 6 KiB. But hundreds of runs that fill
    // as much take memory.
    private const int LargestOfSlowRuns = 4 << 10;
    private static readonly int[] _sizes = [64, 256, 1 << 10, LargestOfSlowRuns, 6 << 10, 16 << 10];

    // What is in use then stays in the processor's caches: without pacing a client at full speed had many times as much on
    // the way, and took twice the time for it.
    private const long PaceAbove = 512 << 10;
    private static readonly TimeSpan _longestPace = TimeSpan.FromMilliseconds(50);

    private readonly Lock _gate = new();
    private readonly PaceGate _pace = new(_longestPace);
    private readonly Stack<Chunk>[] _free = [.. _sizes.Select(_ => new Stack<Chunk>())];

    // Looked at for each message: apart from what changes with each chunk.
    private readonly StrongBox<bool> _isFull = new(limit <= 0);
    private long _used;

    // Grows without the lock.
    private long _ready;

    private bool _isPacing;
    private TaskCompletionSource? _room;

    /// <summary>The chunk for what comes after a full one.</summary>
    /// <param name="full">That one.</param>
    /// <param name="atOnce">Whether one block of lines filled it.</param>
    public static int SizeAfter(Chunk full, bool atOnce) =>
        full.HasMemoryLeft ? full.Length : Math.Min(full.Size * 4, atOnce ? _sizes[^1] : LargestOfSlowRuns);

    /// <summary>Bytes in chunks that are handed out.</summary>
    public long Used => Interlocked.Read(ref _used);

    /// <summary>True while no more points should be taken in.</summary>
    public bool IsFull => Volatile.Read(ref _isFull.Value);

    /// <summary>Gives an empty chunk, also past the limit: those who can wait ask <see cref="IsFull"/> first.</summary>
    /// <param name="size">Bytes it should hold; taken up to the next of the sizes there are, or down to the largest.</param>
    /// <param name="now">Its <see cref="Chunk.Since"/>.</param>
    public Chunk Rent(int size, long now)
    {
        lock (_gate)
        {
            var kind = KindFor(size);
            if (!_free[kind].TryPop(out var chunk))
            {
                chunk = new Chunk(GC.AllocateUninitializedArray<byte>(_sizes[kind]));
            }

            chunk.Since = now;
            Use(chunk.Memory);
            return chunk;
        }
    }

    /// <summary>Notes that a chunk is filled and waits to be written.</summary>
    public void Ready(Chunk chunk) => Interlocked.Add(ref _ready, chunk.Length);

    /// <summary>Takes a chunk back whose points are written or given up.</summary>
    public void Return(Chunk chunk)
    {
        TaskCompletionSource? room = null;
        bool calm;
        lock (_gate)
        {
            Use(-chunk.Memory);
            var ready = Interlocked.Add(ref _ready, -chunk.Length);
            chunk.Clear();
            _free[KindFor(chunk.Size)].Push(chunk);

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

    // Under the lock.
    private void Use(int bytes)
    {
        _used += bytes;
        var isFull = _used >= limit;
        if (isFull != _isFull.Value)
        {
            Volatile.Write(ref _isFull.Value, isFull);
        }
    }

    private static int KindFor(int size)
    {
        var kind = 0;
        while (kind < _sizes.Length - 1 && size > _sizes[kind])
        {
            kind++;
        }

        return kind;
    }
}
