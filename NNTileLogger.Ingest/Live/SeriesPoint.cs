using NNTileLogger.Ingest.EventFiles;
using NNTileLogger.Ingest.Points;

namespace NNTileLogger.Ingest.Live;

/// <summary>A point and the series it is of.</summary>
/// <param name="Run">The run's name.</param>
/// <param name="Tag">The tag.</param>
/// <param name="Point">The point.</param>
internal readonly record struct SeriesPoint(string Run, string Tag, Point Point)
{
    /// <summary>A wall time as the API gives it.</summary>
    public static DateTime TimeOf(double wallTime) => WallTime.FromWallTime(wallTime).UtcDateTime;

    /// <summary>A point as the API gives it.</summary>
    public static PointAnswer AnswerOf(Point point) => new(point.Step, TimeOf(point.WallTime), point.Value);
}
