using System.Runtime.CompilerServices;

namespace NNTileLogger.Ingest.Points;

/// <summary>
/// The memory of the points that are kept for those who look, over all series: hands out rooms for them and keeps
/// returned ones for the next use, within one limit for both. Any thread.
/// </summary>
internal sealed class PointMemory(long limit)
{
    private static readonly int[] _sizes = [KeptPoints.LeastRoom, 64, 256, KeptPoints.MostKept, 4096, KeptPoints.MostOfFiles];

    private readonly Lock _gate = new();
    private readonly Stack<PointRoom>[] _free = [.. _sizes.Select(_ => new Stack<PointRoom>())];
    private long _used;
    private long _idle;

    /// <summary>Bytes that are handed out.</summary>
    public long Used => Interlocked.Read(ref _used);

    /// <summary>Bytes that may be handed out.</summary>
    public long Limit => limit;

    /// <summary>Gives a larger room in place of one.</summary>
    /// <param name="room">The room so far; null where there is none.</param>
    /// <returns>
    /// The room, with the points of the old one, which is taken back; null where there is no larger one or the memory is
    /// used up. A first room is always given: a hundred thousand series then still are bounded.
    /// </returns>
    public PointRoom? Enlarge(PointRoom? room)
    {
        var kind = room is null ? 0 : Array.IndexOf(_sizes, room.Size) + 1;
        if (kind == _sizes.Length)
        {
            return null;
        }

        PointRoom? larger;
        lock (_gate)
        {
            if (_free[kind].TryPop(out larger))
            {
                _idle -= larger.Bytes;
            }

            var more = PointRoom.BytesOf(_sizes[kind]);
            if (room is not null && larger is null && _used + more > limit)
            {
                return null;
            }

            _used += more;
            while (_used + _idle > limit && TryForgetIdle())
            {
            }
        }

        larger ??= new PointRoom(_sizes[kind]);
        if (room is not null)
        {
            room.Points.CopyTo(larger.Points, 0);
            room.Buckets.CopyTo(larger.Buckets, 0);
            Return(room);
        }

        return larger;
    }

    /// <summary>Gives a smaller room in place of one, which is taken back.</summary>
    /// <param name="room">The room; its first points are taken over.</param>
    /// <param name="size">One of the sizes there are.</param>
    public PointRoom Exchange(PointRoom room, int size)
    {
        PointRoom? smaller;
        lock (_gate)
        {
            if (_free[Array.IndexOf(_sizes, size)].TryPop(out smaller))
            {
                _idle -= smaller.Bytes;
            }

            _used += PointRoom.BytesOf(size);
        }

        smaller ??= new PointRoom(size);
        room.Points.AsSpan(0, size).CopyTo(smaller.Points);
        room.Buckets.AsSpan(0, size).CopyTo(smaller.Buckets);
        Return(room);
        return smaller;
    }

    /// <summary>Counts memory that its user makes himself.</summary>
    /// <param name="bytes">How much more.</param>
    /// <param name="isFirst">It is given in any case.</param>
    /// <returns>False where it is used up.</returns>
    public bool TryReserve(long bytes, bool isFirst)
    {
        lock (_gate)
        {
            if (!isFirst && _used + bytes > limit)
            {
                return false;
            }

            _used += bytes;
            while (_used + _idle > limit && TryForgetIdle())
            {
            }

            return true;
        }
    }

    /// <summary>The other way round.</summary>
    public void Release(long bytes)
    {
        lock (_gate)
        {
            _used -= bytes;
        }
    }

    /// <summary>Takes a room back.</summary>
    public void Return(PointRoom room)
    {
        lock (_gate)
        {
            _used -= room.Bytes;
            if (_used + _idle + room.Bytes <= limit)
            {
                _idle += room.Bytes;
                _free[Array.IndexOf(_sizes, room.Size)].Push(room);
            }
        }
    }

    private bool TryForgetIdle()
    {
        foreach (var free in _free)
        {
            if (free.TryPop(out var room))
            {
                _idle -= room.Bytes;
                return true;
            }
        }

        return false;
    }
}

/// <summary>Room for the points that are kept of one series, and the number of the bucket each is of.</summary>
internal sealed class PointRoom(int size)
{
    public Point[] Points { get; } = GC.AllocateUninitializedArray<Point>(size);

    public ushort[] Buckets { get; } = GC.AllocateUninitializedArray<ushort>(size);

    public int Size => Points.Length;

    public long Bytes => BytesOf(Size);

    public static long BytesOf(int size) => (long)size * (Unsafe.SizeOf<Point>() + sizeof(ushort));
}
