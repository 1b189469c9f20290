namespace NNTileLogger.Ingest.Points;

/// <summary>
/// The points of one series kept in memory for those who look at it: all of them while they are few, then what
/// <see cref="Bucket"/> keeps of each so many points. Whenever the room is used up the buckets become wider, so that a
/// series of any length takes the same memory and the same time a point. Steps must rise. Used under the lock of its
/// owner.
/// </summary>
internal sealed class KeptPoints(PointMemory memory, int most = KeptPoints.MostKept)
{
    /// <summary>Points kept at most of a series that still grows: as many as TensorBoard asks for, and more than a screen shows.</summary>
    public const int MostKept = 1024;

    /// <summary>Points kept at most of a series in files: what TENSORBOARD_SAMPLES asks for need not be read again.</summary>
    public const int MostOfFiles = 16384;

    /// <summary>Points that have room also where the memory is used up.</summary>
    public const int LeastRoom = 16;

    private ClosedBuckets _closed = new(memory, most);

    // Nothing is in it while all points are kept.
    private OpenBucket _open;

    /// <summary>Points taken in.</summary>
    public long Count { get; private set; }

    /// <summary>True while every point that was taken in is kept.</summary>
    public bool IsExact => _closed.Width == 1;

    /// <summary>Points that are kept, without those of the bucket that is being filled.</summary>
    public int Kept => _closed.Points.Length;

    public Point? First => Count == 0 ? null : _closed.Points[0];

    public Point? Last => Count == 0 ? null : IsExact ? _closed.Last : _open.Last;

    /// <summary>Takes in one point.</summary>
    public void Add(long step, float value, double wallTime)
    {
        Count++;
        var point = new Point(step, wallTime, value);
        if (IsExact && MakeRoomFor(1))
        {
            _closed.Keep(point);
            _closed.Close();
        }
        else
        {
            _open.Add(point);
            CloseWhereFull();
        }
    }

    /// <summary>Takes in points that follow each other.</summary>
    /// <param name="firstStep">The step of the first.</param>
    /// <param name="values">The values.</param>
    /// <param name="batches">When they came.</param>
    public void Add(long firstStep, ReadOnlySpan<float> values, ReadOnlySpan<Batch> batches)
    {
        var times = new WallTimes(batches);
        while (!values.IsEmpty)
        {
            var count = AddSome(firstStep, values, times);
            firstStep += count;
            times.Skip(count);
            values = values[count..];
        }
    }

    /// <summary>Gives the points kept, in their order.</summary>
    /// <param name="into">Takes them.</param>
    /// <param name="afterWallTime">Only those that came later.</param>
    public void CopyTo(List<Point> into, double afterWallTime = double.NegativeInfinity)
    {
        var closed = _closed.Points;
        var first = closed.Length;
        while (first > 0 && closed[first - 1].WallTime > afterWallTime)
        {
            first--;
        }

        into.AddRange(closed[first..]);
        if (!IsExact && !_open.IsEmpty)
        {
            Span<Point> open = stackalloc Point[Bucket.MostPoints];
            foreach (ref readonly var point in open[.._open.Gather(open)])
            {
                if (point.WallTime > afterWallTime)
                {
                    into.Add(point);
                }
            }
        }
    }

    /// <summary>Gives up the points from a step on: who wrote them went back to before it.</summary>
    /// <returns>False where there are none, as usual.</returns>
    public bool EraseFrom(long step)
    {
        if (!(Last?.Step >= step))
        {
            return false;
        }

        CloseBefore(step);
        _closed.EraseFrom(step);
        if (Kept == 0)
        {
            Count = 0;
            return true;
        }

        Count = Math.Min(Count, _closed.CountAtMost);
        if (!IsExact)
        {
            _open.Begin(_closed.Width, before: _closed.Last);
        }

        return true;
    }

    /// <summary>Makes do with less memory.</summary>
    /// <param name="room">Points there may be room for.</param>
    public void ShrinkTo(int room)
    {
        if (!_closed.IsLargerThan(room))
        {
            return;
        }

        while (Kept > room / 2)
        {
            Compact();
        }

        _closed.MoveTo(room);
    }

    /// <summary>Gives the memory back. The points are gone; further ones are kept anew.</summary>
    public void Clear()
    {
        _closed.Clear();
        Count = 0;
    }

    // As many as can be taken in at once; at least one.
    private int AddSome(long firstStep, ReadOnlySpan<float> values, in WallTimes times)
    {
        if (IsExact && _closed.HasRoomFor(1))
        {
            var kept = _closed.KeepEach(firstStep, values, times);
            Count += kept;
            return kept;
        }

        var count = IsExact ? 0 : Math.Min(_open.Left, values.Length);
        if (count > 0 && _open.TryAdd(firstStep, values[..count], times))
        {
            Count += count;
            CloseWhereFull();
            return count;
        }

        Add(firstStep, values[0], times.First);
        return 1;
    }

    private void CloseWhereFull()
    {
        if (!_open.IsFull)
        {
            return;
        }

        Span<Point> open = stackalloc Point[Bucket.MostPoints];
        open = open[.._open.Gather(open)];
        MakeRoomFor(open.Length);
        foreach (ref readonly var point in open)
        {
            _closed.Keep(point);
        }

        _closed.Close();
        _open.Begin(_closed.Width);
    }

    // What stays of the bucket that is being filled becomes a narrow one.
    private void CloseBefore(long step)
    {
        if (IsExact || _open.IsEmpty)
        {
            return;
        }

        Span<Point> open = stackalloc Point[Bucket.MostPoints];
        open = open[.._open.Gather(open)];
        if (open[0].Step >= step)
        {
            return;
        }

        MakeRoomFor(open.Length);
        foreach (ref readonly var point in open)
        {
            if (point.Step < step)
            {
                _closed.Keep(point);
            }
        }

        _closed.Close();
    }

    // False where the buckets had to become wider for it.
    private bool MakeRoomFor(int points)
    {
        if (_closed.HasRoomFor(points))
        {
            return true;
        }

        Compact();
        return false;
    }

    private void Compact()
    {
        var wasExact = IsExact;
        _closed.Compact();
        if (wasExact)
        {
            _open.Begin(_closed.Width, before: _closed.Last);
        }
    }
}
