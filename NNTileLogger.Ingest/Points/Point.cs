namespace NNTileLogger.Ingest.Points;

/// <summary>One point of a series.</summary>
/// <param name="Step">Its number within the series.</param>
/// <param name="WallTime">When it came, in seconds since the epoch.</param>
/// <param name="Value">The value; NaN and infinities are values.</param>
internal readonly record struct Point(long Step, double WallTime, float Value);
