namespace NNTileLogger.Proxy.Files;

/// <summary>
/// Looks at every reloaded file once a second; the host runs it. Reading a few small files costs less than a tenth of a
/// millisecond, and unlike file system events it works on every mount and needs no share of the system's watches.
/// </summary>
internal sealed class FileWatcher(IEnumerable<ReloadedFile> files, TimeProvider time, ILogger<FileWatcher> logger) : BackgroundService
{
    private static readonly TimeSpan _period = TimeSpan.FromSeconds(1);

    /// <summary>One round.</summary>
    public void Look()
    {
        foreach (var file in files)
        {
            file.Look(logger);
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(_period, time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            Look();
        }
    }
}
