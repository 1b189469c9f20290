using System.Runtime.CompilerServices;

namespace NNTileLogger.Ingest.Points;

/// <summary>
/// The bucket that a series is filling: what <see cref="Bucket"/> would choose of its points, told as they come. A part
/// of its <see cref="KeptPoints"/>.
/// </summary>
internal struct OpenBucket
{
    private int _width;
    private int _left;
    private ValueKind _lastKind;
    private int _edgeCount;
    private Point _lowest;
    private Point _highest;
    private Point _last;
    private Point[]? _edges;

    /// <summary>Points it still takes.</summary>
    public readonly int Left => _left;

    public readonly bool IsFull => _left == 0;

    public readonly bool IsEmpty => _left == _width;

    /// <summary>The last point that came, also of the bucket before.</summary>
    public readonly Point Last => _last;

    /// <summary>Begins the first one.</summary>
    /// <param name="width">Points it takes.</param>
    /// <param name="before">The point before its first.</param>
    public void Begin(int width, in Point before)
    {
        _last = before;
        _lastKind = Bucket.KindOf(before.Value);
        Begin(width);
    }

    /// <summary>Begins the next one.</summary>
    public void Begin(int width)
    {
        (_width, _left, _edgeCount) = (width, width, 0);
        // Comparisons with NaN are false: it stands for none.
        _lowest = _highest = new Point(0, 0, float.NaN);
    }

    /// <summary>Takes in one point.</summary>
    public void Add(in Point point)
    {
        var value = point.Value;
        if (!float.IsFinite(value) || _lastKind != ValueKind.Number)
        {
            NoteEdges(point);
        }

        // An infinity is no extreme of a curve.
        if (!(value >= _lowest.Value) && float.IsFinite(value))
        {
            _lowest = point;
        }

        if (!(value <= _highest.Value) && float.IsFinite(value))
        {
            _highest = point;
        }

        _last = point;
        _left--;
    }

    /// <summary>Takes in points that follow each other, no more than are left, where all of them are numbers.</summary>
    public bool TryAdd(long firstStep, ReadOnlySpan<float> values, in WallTimes times)
    {
        if (_lastKind != ValueKind.Number
            || !Extremes.TryFind(values, _lowest.Value, _highest.Value, out var lowestAt, out var highestAt))
        {
            return false;
        }

        if (lowestAt >= 0)
        {
            _lowest = new Point(firstStep + lowestAt, times.Of(lowestAt), values[lowestAt]);
        }

        if (highestAt >= 0)
        {
            _highest = new Point(firstStep + highestAt, times.Of(highestAt), values[highestAt]);
        }

        _last = new Point(firstStep + values.Length - 1, times.Of(values.Length - 1), values[^1]);
        _left -= values.Length;
        return true;
    }

    /// <summary>What stays of it, in the order of the steps.</summary>
    /// <param name="into">At least <see cref="Bucket.MostPoints"/>.</param>
    /// <returns>How many.</returns>
    public readonly int Gather(Span<Point> into)
    {
        if (_edgeCount == 0 && !float.IsNaN(_lowest.Value))
        {
            return GatherNumbers(into);
        }

        var count = _edgeCount;
        _edges.AsSpan(0, count).CopyTo(into);
        if (!float.IsNaN(_lowest.Value))
        {
            Insert(into, ref count, _lowest);
            Insert(into, ref count, _highest);
        }

        Insert(into, ref count, _last);
        return count;
    }

    // As nearly always: the two extremes and the last, some of which may be one point.
    private readonly int GatherNumbers(Span<Point> into)
    {
        var isLowestFirst = _lowest.Step <= _highest.Step;
        into[0] = isLowestFirst ? _lowest : _highest;
        into[1] = isLowestFirst ? _highest : _lowest;
        var count = into[0].Step == into[1].Step ? 1 : 2;
        if (into[count - 1].Step != _last.Step)
        {
            into[count++] = _last;
        }

        return count;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void NoteEdges(in Point point)
    {
        var kind = Bucket.KindOf(point.Value);
        if (kind == _lastKind)
        {
            return;
        }

        _edges ??= new Point[Bucket.MostEdges];
        if (!IsEmpty && (_edgeCount == 0 || _edges[_edgeCount - 1].Step != _last.Step))
        {
            Bucket.AddEdge(_edges.AsSpan(), ref _edgeCount, _last);
        }

        if (kind != ValueKind.Number)
        {
            Bucket.AddEdge(_edges.AsSpan(), ref _edgeCount, point);
        }

        _lastKind = kind;
    }

    private static void Insert(Span<Point> sorted, ref int count, in Point added)
    {
        var at = count;
        while (at > 0 && sorted[at - 1].Step > added.Step)
        {
            at--;
        }

        if (at == 0 || sorted[at - 1].Step != added.Step)
        {
            sorted[at..count].CopyTo(sorted[(at + 1)..]);
            sorted[at] = added;
            count++;
        }
    }
}
