namespace NNTileLogger.Ingest.History;

/// <summary>Has files read for those who ask on another thread, for a few of them at once: who asks never blocks. Any thread.</summary>
internal sealed class FileTurns : IDisposable
{
    private const int AtOnce = 2;

    private readonly SemaphoreSlim _turns = new(AtOnce, AtOnce);

    /// <summary>Runs what reads files when it is its turn.</summary>
    /// <param name="read">Reads them.</param>
    /// <param name="gone">Set when nobody waits any more.</param>
    public async Task<T> RunAsync<T>(Func<T> read, CancellationToken gone)
    {
        await _turns.WaitAsync(gone);
        try
        {
            return await Task.Run(read, gone);
        }
        finally
        {
            _turns.Release();
        }
    }

    public void Dispose() => _turns.Dispose();
}
