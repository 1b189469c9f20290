namespace NNTileLogger.Ingest.Live;

/// <summary>
/// What came in a session between two moments, encoded once for all who watch. It does not hold its successor: who is
/// slow holds on to nothing, and asks for what it missed.
/// </summary>
/// <param name="after">The wall time that it begins behind.</param>
/// <param name="upTo">The wall time up to which it tells all.</param>
/// <param name="parts">The points as JSON, an array each part; shared, never changed.</param>
/// <param name="isLast">The session has gone from memory: nothing follows.</param>
internal sealed class StreamBatch(double after, double upTo, IReadOnlyList<byte[]> parts, bool isLast)
{
    private readonly TaskCompletionSource _followed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public double After { get; } = after;

    public double UpTo { get; } = upTo;

    public IReadOnlyList<byte[]> Parts { get; } = parts;

    public bool IsLast { get; } = isLast;

    /// <summary>Completes when a newer one is there.</summary>
    public Task Followed => _followed.Task;

    /// <summary>Wakes those who wait for a newer one.</summary>
    public void Follow() => _followed.TrySetResult();
}
