using System.Collections.Concurrent;
using NNTileLogger.Ingest.EventFiles;
using NNTileLogger.Ingest.Sessions;
using NNTileLogger.ServiceDefaults;

namespace NNTileLogger.Ingest.History;

/// <summary>
/// Keeps the <see cref="Catalog"/> as LOG_DIR is: looks for files that have come, grown, shrunk or gone, and has their
/// runs read by a few threads, those written last first. What sessions at hand write is left out: it comes from memory.
/// </summary>
internal sealed partial class HistoryLoader(
    LogDirectory root,
    EventFileNaming naming,
    LiveMirror live,
    Catalog catalog,
    HistoryMemory memory,
    RunLoader runs,
    Attention attention,
    SessionRecovery recovery,
    TimeProvider time,
    ILogger<HistoryLoader> logger) : BackgroundService
{
    /// <summary>Between two looks; what is live needs none.</summary>
    private static readonly TimeSpan _pause = TimeSpan.FromSeconds(1);

    private static readonly TimeSpan _stopPatience = TimeSpan.FromMilliseconds(200);

    // A look takes a tenth of a processor at most: ten thousand directories take a third of a second.
    private const int PauseForLook = 10;

    private static readonly int _threads = Math.Clamp(Environment.ProcessorCount, 1, 8);

    private static readonly TimeSpan _logPause = TimeSpan.FromMinutes(1);

    private readonly LogPause _failed = new(time, _logPause);
    private readonly Dictionary<string, HistoryRun> _known = new(StringComparer.Ordinal);
    private readonly SemaphoreSlim _wake = new(0, 1);
    private readonly DateTimeOffset _start = TimeProvider.System.GetUtcNow();
    private bool _hasLooked;

    /// <summary>
    /// Raised behind each look, and every second while much is read, with the sessions at hand by their directories, on
    /// the loader's thread.
    /// </summary>
    public event Action<IReadOnlyDictionary<string, Session>>? Looked;

    /// <summary>Ends the reading; a disk that does not answer holds nothing up.</summary>
    public override Task StopAsync(CancellationToken cancellationToken) =>
        Task.WhenAny(base.StopAsync(cancellationToken), Task.Delay(_stopPatience, CancellationToken.None));

    public override void Dispose()
    {
        _wake.Dispose();
        base.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        // What CLEAR_LOGS removes need not be read.
        await recovery.Finished.WaitAsync(stoppingToken);
        live.Left += Wake;
        attention.Begins += Wake;
        try
        {
            while (true)
            {
                var began = time.GetTimestamp();
                var ready = attention.Ready;
                await LookAsync(stoppingToken);
                ready.TrySetResult();
                await _wake.WaitAsync(Pause(time.GetElapsedTime(began)), stoppingToken);
            }
        }
        finally
        {
            live.Left -= Wake;
            attention.Begins -= Wake;
        }
    }

    private async Task LookAsync(CancellationToken stop)
    {
        try
        {
            await Task.Factory.StartNew(() => Pass(stop), stop, TaskCreationOptions.LongRunning, TaskScheduler.Default);
            _hasLooked = true;
        }
        catch (Exception e) when (!stop.IsCancellationRequested)
        {
            // Whatever a file of another program may do to us: what trainings send is taken in all the same.
            if (_failed.IsOver(out _))
            {
                LogFailed(logger, e, LogText.Escape(root.Path));
            }
        }
    }

    private TimeSpan Pause(TimeSpan took) =>
        !attention.IsPaid ? Timeout.InfiniteTimeSpan
        : took * PauseForLook > _pause ? took * PauseForLook
        : _pause;

    private void Wake()
    {
        try
        {
            _wake.Release();
        }
        catch (SemaphoreFullException)
        {
            // It is about to look anyway.
        }
    }

    private void Pass(CancellationToken stop)
    {
        var leaving = live.Leaving();
        var atHand = AtHand(leaving);
        var found = Found(atHand, stop);
        foreach (var gone in _known.Values.Where(run => !found.ContainsKey(run.Name)).ToList())
        {
            _known.Remove(gone.Name);
            catalog.Remove(gone);
            gone.Clear();
        }

        var work = found.Select(run => Work(run.Key, run.Value)).OfType<RunWork>().OrderByDescending(run => run.LastWrite).ToList();
        Load(work, stop);
        live.Loaded(leaving);
        memory.Relieve(_known.Values);
        Looked?.Invoke(atHand);
    }

    private Dictionary<string, Session> AtHand(List<MirroredSession> leaving)
    {
        var atHand = live.AtHand();
        foreach (var session in leaving)
        {
            atHand.Remove(session.Id);
        }

        return atHand;
    }

    private Dictionary<string, List<FoundFile>> Found(Dictionary<string, Session> atHand, CancellationToken stop)
    {
        var found = LogScan.Run(root.Path, stop);
        foreach (var (run, files) in found.Where(run => atHand.ContainsKey(Catalog.TopOf(run.Key))).ToList())
        {
            // Of a session that goes on after a restart, the files of before are read: memory does not have their points.
            files.RemoveAll(file => naming.IsOurs(Path.GetFileName(file.Path)) && file.LastWrite >= _start);
            if (files.Count == 0)
            {
                found.Remove(run);
            }
        }

        return found;
    }

    // Null where nothing has changed.
    private RunWork? Work(string name, List<FoundFile> files)
    {
        var lastWrite = files.Max(file => file.LastWrite);
        if (!_known.TryGetValue(name, out var run))
        {
            _known[name] = run = new HistoryRun(name, memory.Points) { LastWrite = lastWrite };
            catalog.Show(run);
            return new RunWork(run, null, files, lastWrite);
        }

        run.LastWrite = lastWrite;
        var paths = files.ToDictionary(file => file.Path, StringComparer.Ordinal);
        if (run.Files.Any(file => !paths.TryGetValue(file.Path, out var now) || now.Length < file.Offset))
        {
            // Gone or shorter: read anew, and shown as it was until that is done.
            return Anew(run, files);
        }

        return files.Exists(file => run.FileOf(file.Path).Seen != file) ? new RunWork(run, null, files, lastWrite) : null;
    }

    private RunWork Anew(HistoryRun before, List<FoundFile> files)
    {
        var run = new HistoryRun(before.Name, memory.Points) { LastWrite = before.LastWrite };
        foreach (var file in before.Files.Where(file => file.IsCorrupt && files.Exists(now => now.Path == file.Path && now.Length >= file.Offset)))
        {
            // As it was, and said already.
            run.FileOf(file.Path).IsCorrupt = true;
        }

        _known[run.Name] = run;
        return new RunWork(run, before, files, run.LastWrite);
    }

    private void Load(List<RunWork> work, CancellationToken stop)
    {
        if (work.Count == 0)
        {
            return;
        }

        // Each takes the next one; a thread of its own each, since the disk makes them wait.
        var next = -1;
        var replaced = new ConcurrentQueue<RunWork>();
        Task[] loaders = [.. Enumerable.Range(0, Math.Min(_threads, work.Count)).Select(_ => Task.Factory.StartNew(
            () =>
            {
                using var scan = new EventFileScan();
                for (int at; (at = Interlocked.Increment(ref next)) < work.Count;)
                {
                    stop.ThrowIfCancellationRequested();
                    if (!runs.TryLoad(work[at], scan, stop))
                    {
                        replaced.Enqueue(work[at]);
                    }
                }
            },
            stop,
            TaskCreationOptions.LongRunning,
            TaskScheduler.Default))];
        var all = Task.WhenAll(loaders);
        while (Task.WaitAny([all], _pause) < 0)
        {
            // What is at hand does not wait for gigabytes of what was.
            Looked?.Invoke(AtHand(live.Leaving()));
        }

        all.GetAwaiter().GetResult();
        using var last = new EventFileScan();
        foreach (var (run, _, files, _) in replaced)
        {
            runs.TryLoad(Anew(run, files), last, stop);
        }

        if (!_hasLooked)
        {
            var bytes = work.Sum(run => run.Files.Sum(file => file.Length));
            LogLoaded(logger, work.Count, bytes >> 20);
        }
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "What is below {Path} cannot be shown in TensorBoard as it is now. It is looked at again; trainings are taken in meanwhile. Please report this.")]
    private static partial void LogFailed(ILogger logger, Exception reason, string path);

    [LoggerMessage(Level = LogLevel.Information, Message = "Read what LOG_DIR held: {Runs} runs, {MiB} MiB of event files.")]
    private static partial void LogLoaded(ILogger logger, int runs, long miB);
}

/// <summary>A run that is to be read.</summary>
/// <param name="Run">The run.</param>
/// <param name="Before">What is shown until it is read; null where it is shown itself.</param>
/// <param name="Files">Its files as they were found, by name.</param>
/// <param name="LastWrite">When the newest was written to last.</param>
internal sealed record RunWork(HistoryRun Run, HistoryRun? Before, List<FoundFile> Files, DateTimeOffset LastWrite);
