namespace NNTileLogger.Benchmarks.Soak;

/// <summary>What all clients of a soak have sent together. Any thread.</summary>
internal sealed class SoakTally
{
    private long _sent;
    private long _arrived;
    private long _stays;

    /// <summary>Points in whole lines that were handed to the system.</summary>
    public long Sent => Interlocked.Read(ref _sent);

    /// <summary>Those of them whose client ended as it should: the server must have written them all.</summary>
    public long Arrived => Interlocked.Read(ref _arrived);

    /// <summary>Connections there have been.</summary>
    public long Stays => Interlocked.Read(ref _stays);

    public void AddSent(long points) => Interlocked.Add(ref _sent, points);

    public void AddArrived(long points) => Interlocked.Add(ref _arrived, points);

    public void AddStay() => Interlocked.Increment(ref _stays);
}
