namespace NNTileLogger.Ingest.EventFiles;

/// <summary>TensorBoard's wall time: seconds since the epoch, UTC, as a double.</summary>
internal static class WallTime
{
    private const double TicksPerSecond = TimeSpan.TicksPerSecond;

    public static double ToWallTime(this DateTimeOffset time) =>
        (time.UtcTicks - DateTimeOffset.UnixEpoch.Ticks) / TicksPerSecond;

    public static DateTimeOffset FromWallTime(double seconds) =>
        DateTimeOffset.UnixEpoch.AddTicks((long)(seconds * TicksPerSecond));
}
