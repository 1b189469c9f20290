namespace NNTileLogger.Ingest.Sessions;

/// <summary>
/// The turns in which clients that send much are read: as many at once as there are processors, one after the other in
/// the order in which they ask. Who sends little needs none, so that no crowd of senders makes a training wait; and only
/// those whose turn it is hold much memory. Any thread.
/// </summary>
internal sealed class ReadingTurns : IDisposable
{
    // Long enough that changing threads costs nothing, short enough that nobody notices a wait of a few turns.
    private static readonly TimeSpan _longestTurn = TimeSpan.FromMilliseconds(4);

    // All who wait have had a turn after this, down to one small block each.
    private static readonly TimeSpan _longestRound = TimeSpan.FromMilliseconds(200);

    private readonly int _atOnce = Math.Max(2, Environment.ProcessorCount);
    private readonly SemaphoreSlim _free;
    private int _waiting;

    public ReadingTurns() => _free = new SemaphoreSlim(_atOnce);

    /// <summary>How long a turn may be now.</summary>
    public TimeSpan Length
    {
        get
        {
            var waiting = Volatile.Read(ref _waiting);
            var share = waiting == 0 ? _longestTurn : _longestRound * _atOnce / waiting;
            return share < _longestTurn ? share : _longestTurn;
        }
    }

    /// <summary>True where a turn is long enough for a large block.</summary>
    public bool AreLong => Length == _longestTurn;

    /// <summary>Waits for a turn.</summary>
    /// <exception cref="OperationCanceledException">The server stops.</exception>
    public ValueTask TakeAsync(CancellationToken stopping) => _free.Wait(TimeSpan.Zero, stopping) ? ValueTask.CompletedTask : WaitAsync(stopping);

    /// <summary>Ends a turn.</summary>
    public void Give() => _free.Release();

    public void Dispose() => _free.Dispose();

    private async ValueTask WaitAsync(CancellationToken stopping)
    {
        Interlocked.Increment(ref _waiting);
        try
        {
            await _free.WaitAsync(stopping);
        }
        finally
        {
            Interlocked.Decrement(ref _waiting);
        }

        // Whose turn ends runs this on its own thread, before all that waits for any thread: a training's few bytes.
        await Task.Yield();
    }
}
