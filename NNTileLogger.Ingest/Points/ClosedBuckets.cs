namespace NNTileLogger.Ingest.Points;

/// <summary>
/// The buckets of a series that are full, with the points that stay of each: in a room that grows while there is memory;
/// then the buckets become wider. Buckets of one point are the points themselves. A part of its
/// <see cref="KeptPoints"/>.
/// </summary>
internal struct ClosedBuckets(PointMemory memory, int most)
{
    // Buckets of fewer points than this would keep nearly all of them.
    private const int FirstWidth = 8;

    private PointRoom? _room;
    private Point[] _points = [];
    private ushort[] _buckets = [];
    private int _count;
    private int _closed;

    /// <summary>Points that a bucket takes; 1 while all are kept.</summary>
    public int Width { get; private set; } = 1;

    /// <summary>The points that are kept.</summary>
    public readonly ReadOnlySpan<Point> Points => _points.AsSpan(0, _count);

    /// <summary>The last of them.</summary>
    public readonly ref readonly Point Last => ref _points[_count - 1];

    /// <summary>Points taken in, as far as it can be told from those that are left.</summary>
    public readonly long CountAtMost => (long)_closed * Width;

    /// <summary>Keeps a point of the bucket that is being closed; there is room for it.</summary>
    public void Keep(in Point point)
    {
        _points[_count] = point;
        _buckets[_count] = (ushort)_closed;
        _count++;
    }

    /// <summary>Keeps points that follow each other, each in a bucket of its own, as many as there is room for.</summary>
    /// <param name="firstStep">The step of the first.</param>
    /// <param name="values">Their values.</param>
    /// <param name="times">When they came.</param>
    /// <returns>How many were kept.</returns>
    public int KeepEach(long firstStep, ReadOnlySpan<float> values, WallTimes times)
    {
        var points = _points.AsSpan(_count);
        var buckets = _buckets.AsSpan(_count);
        var count = Math.Min(values.Length, points.Length);
        for (var i = 0; i < count; i++)
        {
            points[i] = new Point(firstStep + i, times.First, values[i]);
            buckets[i] = (ushort)_closed++;
            times.Skip(1);
        }

        _count += count;
        return count;
    }

    /// <summary>Closes a bucket.</summary>
    public void Close() => _closed++;

    /// <summary>True where so many more points have room, for which more memory is taken.</summary>
    public bool HasRoomFor(int points) => _count + points <= _points.Length || TryGrow();

    /// <summary>Makes buckets wider until half of the room is free. The last one may stay narrower than the others.</summary>
    public void Compact()
    {
        Merge(Width == 1 ? FirstWidth : 2);
        while (_count > _points.Length / 2)
        {
            Merge(2);
        }
    }

    /// <summary>Gives up the points from a step on.</summary>
    public void EraseFrom(long step)
    {
        while (_count > 0 && _points[_count - 1].Step >= step)
        {
            _count--;
        }

        if (_count == 0)
        {
            (_closed, Width) = (0, 1);
        }
        else
        {
            _closed = _buckets[_count - 1] + 1;
        }
    }

    /// <summary>True where it has more room than that.</summary>
    public readonly bool IsLargerThan(int room) => _points.Length > Math.Max(room, KeptPoints.LeastRoom);

    /// <summary>Takes a smaller room, which half of the points fit into.</summary>
    public void MoveTo(int room)
    {
        var smaller = memory.Exchange(_room!, room);
        (_room, _points, _buckets) = (smaller, smaller.Points, smaller.Buckets);
    }

    /// <summary>Gives the memory back; the points are gone.</summary>
    public void Clear()
    {
        if (_room is not null)
        {
            memory.Return(_room);
        }

        (_room, _points, _buckets) = (null, [], []);
        (_count, _closed, Width) = (0, 0, 1);
    }

    private bool TryGrow()
    {
        if (_points.Length >= most || memory.Enlarge(_room) is not { } larger)
        {
            return false;
        }

        (_room, _points, _buckets) = (larger, larger.Points, larger.Buckets);
        return true;
    }

    private void Merge(int buckets)
    {
        Width *= buckets;
        Span<int> places = stackalloc int[Bucket.MostPoints];
        var kept = 0;
        var start = 0;
        while (start < _count)
        {
            var bucket = (ushort)(_buckets[start] / buckets);
            var end = start + 1;
            while (end < _count && _buckets[end] / buckets == bucket)
            {
                end++;
            }

            // What is moved forward lies before the bucket, whose neighbour before it is moved last and unchanged.
            var count = Bucket.Choose(_points.AsSpan(0, _count), start, end, places);
            foreach (var place in places[..count])
            {
                _points[kept] = _points[place];
                _buckets[kept] = bucket;
                kept++;
            }

            start = end;
        }

        _count = kept;
        _closed = _buckets[kept - 1] + 1;
    }
}
