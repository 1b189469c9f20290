namespace NNTileLogger.Benchmarks.Soak;

/// <summary>The straight line through a number over time, by least squares.</summary>
internal readonly record struct Slope
{
    // Of the mean: less than what a first look at a graph shows.
    private const double SmallShare = 0.03;

    private Slope(double mean, double perHour, double scatter, double change) =>
        (Mean, PerHour, Scatter, Change) = (mean, perHour, scatter, change);

    public double Mean { get; }

    /// <summary>How much it rises in an hour.</summary>
    public double PerHour { get; }

    /// <summary>How far the numbers lie from the line: their standard deviation.</summary>
    public double Scatter { get; }

    /// <summary>How much the line rises from its first point to its last.</summary>
    public double Change { get; }

    /// <summary>True where nothing grows: the rise is lost among the scatter, or a small share of the whole.</summary>
    public bool IsFlat => Change <= Math.Max(2 * Scatter, SmallShare * Mean);

    /// <summary>Fits the line.</summary>
    /// <exception cref="RunFailedException">There are too few numbers.</exception>
    public static Slope Of(IReadOnlyList<(double Hours, double Value)> points)
    {
        if (points.Count < 3)
        {
            throw new RunFailedException($"A slope needs three samples after the warm-up, and there are {points.Count}: run it longer.");
        }

        var hours = points.Average(point => point.Hours);
        var mean = points.Average(point => point.Value);
        var perHour = points.Sum(point => (point.Hours - hours) * (point.Value - mean)) / points.Sum(point => Math.Pow(point.Hours - hours, 2));
        var scatter = Math.Sqrt(points.Sum(point => Math.Pow(point.Value - mean - (perHour * (point.Hours - hours)), 2)) / (points.Count - 2));
        return new Slope(mean, perHour, scatter, perHour * (points[^1].Hours - points[0].Hours));
    }
}
