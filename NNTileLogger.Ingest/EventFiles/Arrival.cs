namespace NNTileLogger.Ingest.EventFiles;

/// <summary>When a block of bytes was received: read once for all points in it.</summary>
/// <param name="WallTime">Seconds since the epoch, never less than an earlier block's of the same session; finite (a NaN would make readers give the file up).</param>
/// <param name="Timestamp">The monotonic clock of the <see cref="TimeProvider"/>.</param>
internal readonly record struct Arrival(double WallTime, long Timestamp);
