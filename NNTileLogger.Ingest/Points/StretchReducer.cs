using System.Runtime.InteropServices;

namespace NNTileLogger.Ingest.Points;

/// <summary>
/// Takes in a stretch of a series point by point, of which it is known how long it can be at most, and keeps what
/// <see cref="Bucket"/> keeps of each so many points: its memory is bounded, however long the stretch is. For one
/// thread.
/// </summary>
internal sealed class StretchReducer
{
    /// <summary>A stretch of no more points is kept whole.</summary>
    public const int MostBuckets = 1 << 15;

    private readonly List<Point> _points = [];
    private readonly int _width;
    private OpenBucket _open;

    /// <param name="most">How many points can come; 0 where each is to be kept.</param>
    public StretchReducer(long most)
    {
        _width = (int)Math.Min(int.MaxValue, Math.Max(1, (most + MostBuckets - 1) / MostBuckets));
    }

    public bool IsEmpty => _points.Count == 0;

    /// <summary>The step of the last point that came; null where none has.</summary>
    public long? LastStep => IsEmpty ? null : _open.Last.Step;

    /// <summary>Takes in the next point.</summary>
    public void Add(in Point point)
    {
        if (_width == 1 || IsEmpty)
        {
            _points.Add(point);
            _open.Begin(_width, before: point);
            return;
        }

        _open.Add(point);
        if (_open.IsFull)
        {
            CloseBucket();
            _open.Begin(_width);
        }
    }

    /// <summary>Gives up the points from a step on: who wrote them went back to before it.</summary>
    public void EraseFrom(long step)
    {
        if (!(LastStep >= step))
        {
            return;
        }

        CloseUnfinishedBucket();
        var count = _points.Count;
        while (count > 0 && _points[count - 1].Step >= step)
        {
            count--;
        }

        _points.RemoveRange(count, _points.Count - count);
        if (count > 0)
        {
            _open.Begin(_width, before: _points[^1]);
        }
    }

    /// <summary>Gives a choice of all that came.</summary>
    /// <param name="most">How many at most.</param>
    public Point[] Take(int most)
    {
        CloseUnfinishedBucket();
        return PointSampler.Sample(CollectionsMarshal.AsSpan(_points), most);
    }

    private void CloseUnfinishedBucket()
    {
        if (_width > 1 && !IsEmpty && !_open.IsEmpty)
        {
            CloseBucket();
            _open.Begin(_width);
        }
    }

    private void CloseBucket()
    {
        Span<Point> kept = stackalloc Point[Bucket.MostPoints];
        _points.AddRange(kept[.._open.Gather(kept)]);
    }
}
