namespace NNTileLogger.Ingest.Points;

/// <summary>
/// Which points of a stretch of a series tell it: the lowest, the highest and the last; where it has values that are
/// no numbers, the ends of each run of them and the number before; of a series' first bucket its first point.
/// </summary>
internal static class Bucket
{
    /// <summary>Points chosen at most: a series that changes between NaN and numbers all the time must not keep all.</summary>
    public const int MostPoints = MostEdges + 4;

    /// <summary>Ends of runs kept in one bucket: the first and the last few.</summary>
    public const int MostEdges = 4;

    /// <summary>What a value is: a number, NaN or one of the infinities.</summary>
    public static ValueKind KindOf(float value) =>
        float.IsFinite(value) ? ValueKind.Number
        : float.IsNaN(value) ? ValueKind.NaN
        : value > 0 ? ValueKind.PositiveInfinity
        : ValueKind.NegativeInfinity;

    /// <summary>Chooses points of a bucket.</summary>
    /// <param name="points">The series, or what is left of it.</param>
    /// <param name="start">Where the bucket begins.</param>
    /// <param name="end">Where the next one begins.</param>
    /// <param name="chosen">Takes their places, rising; at least <see cref="MostPoints"/>.</param>
    /// <returns>How many were chosen.</returns>
    public static int Choose(ReadOnlySpan<Point> points, int start, int end, Span<int> chosen) =>
        AreNumbers(points[start..Math.Min(end + 1, points.Length)])
            ? ChooseOfNumbers(points, start, end, chosen)
            : ChooseWithEdges(points, start, end, chosen);

    /// <summary>Adds to a list of edges; where it is full, the first half and the newest stay.</summary>
    public static void AddEdge<T>(Span<T> edges, ref int count, T edge)
    {
        if (count == edges.Length)
        {
            edges[((MostEdges / 2) + 1)..].CopyTo(edges[(MostEdges / 2)..]);
            count--;
        }

        edges[count++] = edge;
    }

    private static bool AreNumbers(ReadOnlySpan<Point> points)
    {
        foreach (ref readonly var point in points)
        {
            if (!float.IsFinite(point.Value))
            {
                return false;
            }
        }

        return true;
    }

    // As nearly always.
    private static int ChooseOfNumbers(ReadOnlySpan<Point> points, int start, int end, Span<int> chosen)
    {
        var (lowest, highest) = (start, start);
        for (var at = start + 1; at < end; at++)
        {
            lowest = points[at].Value < points[lowest].Value ? at : lowest;
            highest = points[at].Value > points[highest].Value ? at : highest;
        }

        var count = 0;
        if (start == 0)
        {
            chosen[count++] = 0;
        }

        AddRising(chosen, ref count, Math.Min(lowest, highest));
        AddRising(chosen, ref count, Math.Max(lowest, highest));
        AddRising(chosen, ref count, end - 1);
        return count;
    }

    private static void AddRising(Span<int> chosen, ref int count, int place)
    {
        if (count == 0 || chosen[count - 1] != place)
        {
            chosen[count++] = place;
        }
    }

    private static int ChooseWithEdges(ReadOnlySpan<Point> points, int start, int end, Span<int> chosen)
    {
        Span<int> edges = stackalloc int[MostEdges];
        var edgeCount = 0;
        int? lowest = null;
        int? highest = null;
        for (var at = start; at < end; at++)
        {
            var value = points[at].Value;
            if (float.IsFinite(value))
            {
                lowest = lowest is not { } low || value < points[low].Value ? at : lowest;
                highest = highest is not { } high || value > points[high].Value ? at : highest;
            }

            if (IsEdge(points, at))
            {
                AddEdge(edges, ref edgeCount, at);
            }
        }

        edges[..edgeCount].CopyTo(chosen);
        var count = edgeCount;
        Insert(chosen, ref count, lowest);
        Insert(chosen, ref count, highest);
        Insert(chosen, ref count, end - 1);
        Insert(chosen, ref count, start == 0 ? 0 : null);
        return count;
    }

    private static bool IsEdge(ReadOnlySpan<Point> points, int at)
    {
        var kind = KindOf(points[at].Value);
        var ends = at + 1 < points.Length && KindOf(points[at + 1].Value) != kind;
        return kind == ValueKind.Number
            ? ends
            : ends || at == 0 || KindOf(points[at - 1].Value) != kind;
    }

    private static void Insert(Span<int> chosen, ref int count, int? place)
    {
        if (place is not { } added)
        {
            return;
        }

        var at = count;
        while (at > 0 && chosen[at - 1] > added)
        {
            at--;
        }

        if (at > 0 && chosen[at - 1] == added)
        {
            return;
        }

        chosen[at..count].CopyTo(chosen[(at + 1)..]);
        chosen[at] = added;
        count++;
    }
}

/// <summary>What a value is.</summary>
internal enum ValueKind
{
    Number,
    NaN,
    PositiveInfinity,
    NegativeInfinity,
}
