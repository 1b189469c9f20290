using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace NNTileLogger.Ingest.EventFiles;

/// <summary>
/// Has the system put what was written on the disk, so that a machine that loses power takes at most the last seconds.
/// One call for the whole file system where there is one (Linux), each open file's own elsewhere. Runs on a thread of
/// its own: a sync may take long, and writing goes on meanwhile.
/// </summary>
internal sealed partial class DiskSync
{
    /// <summary>Half of the five seconds that README promises; the sync itself takes time too.</summary>
    public static readonly TimeSpan Interval = TimeSpan.FromSeconds(2.5);

    private const int EnoughGoodSyncs = 2;

    private readonly Lock _gate = new();
    private readonly LogDirectoryLock _directory;
    private readonly OpenFiles _openFiles;
    private readonly WriteHealth _health;
    private readonly ILogger<DiskSync> _logger;
    private bool _failing;
    private int _goodSyncs;
    private int _written;
    private int _state;

    // Nothing to dispose: a thread whose write comes back after the end still asks for a sync.
    private TaskCompletionSource _wanted = NewWish();

    public DiskSync(LogDirectoryLock directory, OpenFiles openFiles, WriteHealth health, ILogger<DiskSync> logger)
    {
        _directory = directory;
        _openFiles = openFiles;
        _health = health;
        _logger = logger;
        SyncsWholeFileSystem = OperatingSystem.IsLinux();
    }

    /// <summary>True where closing a file needs no sync of its own.</summary>
    public bool SyncsWholeFileSystem { get; private set; }

    /// <summary>
    /// Changes when syncing begins to fail, and when it works again. What the disk refused is gone from the system's
    /// memory, a hole in the file that no reader passes: what comes after goes to new files.
    /// </summary>
    public int State => Volatile.Read(ref _state);

    /// <summary>Notes that something was handed to the system.</summary>
    public void Written() => Volatile.Write(ref _written, 1);

    /// <summary>Has what was written synced at once: a file was rotated, or a session has ended.</summary>
    public void SyncSoon() => Volatile.Read(ref _wanted).TrySetResult();

    /// <summary>Syncs every <see cref="Interval"/> while there is something to sync, and when it is asked for.</summary>
    public async Task RunAsync(CancellationToken stopping)
    {
        // Not the TimeProvider: the disk is real also where a test has set the clock.
        try
        {
            while (true)
            {
                await Task.WhenAny(_wanted.Task, Task.Delay(Interval, stopping));
                stopping.ThrowIfCancellationRequested();
                Volatile.Write(ref _wanted, NewWish());
                await Task.Factory.StartNew(Sync, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
            }
        }
        catch (OperationCanceledException)
        {
            // The last sync comes from the one who stops, after the last write.
        }
    }

    /// <summary>Syncs what was written since the last call.</summary>
    public void Sync()
    {
        lock (_gate)
        {
            if (Interlocked.Exchange(ref _written, 0) == 0)
            {
                return;
            }

            try
            {
                if (!File.Exists(_directory.FilePath))
                {
                    _directory.TryTakeAgain();
                }

                SyncFiles();
                Succeeded();
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                Written();
                _goodSyncs = 0;
                if (!_failing)
                {
                    _failing = true;
                    Interlocked.Increment(ref _state);
                    _health.Failed(_directory.Path, e.Message);
                }
            }
        }
    }

    private static TaskCompletionSource NewWish() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private void Succeeded()
    {
        if (!_failing)
        {
            return;
        }

        // Linux tells a lost page once and then forgets it: one good sync behind a bad one says little.
        if (++_goodSyncs < EnoughGoodSyncs)
        {
            Written();
            return;
        }

        _failing = false;
        Interlocked.Increment(ref _state);
        _health.Recovered();
    }

    private void SyncFiles()
    {
        if (SyncsWholeFileSystem)
        {
            if (syncfs(_directory.Handle) == 0)
            {
                return;
            }

            const int NotImplemented = 38;
            var error = Marshal.GetLastPInvokeError();
            if (error != NotImplemented)
            {
                // Where the file system was mounted again, the handle is of the dead one.
                if (_directory.TryTakeAgain() && syncfs(_directory.Handle) == 0)
                {
                    return;
                }

                throw new IOException($"syncfs: {Marshal.GetPInvokeErrorMessage(error)}");
            }

            SyncsWholeFileSystem = false;
            LogOneByOne(_logger);
        }

        foreach (var file in _openFiles.Snapshot())
        {
            file.Sync();
        }
    }

    [DllImport("libc", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int syncfs(SafeFileHandle file);

    [LoggerMessage(Level = LogLevel.Information, Message = "This system cannot sync a whole file system; event files are synced one by one.")]
    private static partial void LogOneByOne(ILogger logger);
}
