using NNTileLogger.Ingest.EventFiles;
using NNTileLogger.ServiceDefaults;

namespace NNTileLogger.Ingest.Sessions;

/// <summary>
/// Runs once behind the opened ports: finds the sessions that the last server left, makes those ready that a client may
/// come back to, and clears the ended ones (CLEAR_LOGS). Connections wait for the first part only.
/// </summary>
internal sealed partial class SessionRecovery(
    LogDirectory directory,
    LogDirectoryLock held,
    SessionRegistry registry,
    SessionStorage storage,
    IngestOptions options,
    TimeProvider time,
    ILogger<SessionRecovery> logger)
{
    // The system's file times are a little coarse.
    private static readonly TimeSpan _fileTimeSlack = TimeSpan.FromSeconds(10);

    private readonly TaskCompletionSource _finished = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Completes when what is to be cleared is gone.</summary>
    public Task Finished => _finished.Task;

    /// <summary>Recovers, then clears.</summary>
    public void Run(CancellationToken stopping)
    {
        RecoverAndClear(stopping);
        _finished.TrySetResult();
    }

    private void RecoverAndClear(CancellationToken stopping)
    {
        var clearing = new List<string>();
        try
        {
            clearing = Recover();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            LogNotRecovered(logger, LogText.Escape(directory.Path), LogText.Escape(e.Message));
            registry.SetRecovered([]);
        }

        foreach (var session in clearing)
        {
            if (stopping.IsCancellationRequested)
            {
                return;
            }

            Clear(session);
        }

        if (clearing.Count > 0)
        {
            LogCleared(logger, clearing.Count);
        }
    }

    private List<string> Recover()
    {
        var found = directory.Sessions()
            .Select(path => (Path: path, Record: SessionRecord.Load(path)))
            .Where(session => session.Record is not null)
            .Select(session => (session.Path, Record: session.Record!))
            .ToList();
        var crashed = !held.LastEndedWell || found.Any(session => session.Record.HowEnded is null);
        var restored = new List<Session>();
        var clearing = new List<string>();
        foreach (var (path, record) in found)
        {
            switch (SessionFate.Of(record, crashed, options.ClearLogs, time.GetUtcNow()))
            {
                case Fate.Clear:
                    clearing.Add(path);
                    break;
                case Fate.Recover:
                    Recover(path, record, restored);
                    break;
                case Fate.Keep:
                    break;
            }
        }

        if (options.ClearLogs && crashed && found.Count > 0)
        {
            LogNothingCleared(logger);
        }

        registry.SetRecovered(restored);
        return clearing;
    }

    private void Recover(string path, SessionRecord record, List<Session> restored)
    {
        try
        {
            var now = time.GetUtcNow();
            if (record.HowEnded is null && LastWrite(path) is { } last && now - last > Reconnection.Window + _fileTimeSlack)
            {
                // Its client gave up long ago: its gigabytes need not be read.
                record = record with { End = last, LastMessage = last, HowEnded = SessionEnd.ServerCrashed };
            }
            else
            {
                var steps = RestoredSteps.Load(path);
                var lastMessage = Session.LastMessageOf(record, steps);
                record = record with
                {
                    LastMessage = lastMessage,
                    End = record.End ?? lastMessage,
                    HowEnded = record.HowEnded ?? SessionEnd.ServerCrashed,
                };
                if (now - record.End < Reconnection.Window)
                {
                    restored.Add(Session.Restore(storage, path, record, steps, now, time.GetTimestamp()));
                }
            }

            (record with { KeptByLastStart = true }).Save(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            LogNotRecovered(logger, LogText.Escape(path), LogText.Escape(e.Message));
        }
    }

    private void Clear(string session)
    {
        try
        {
            SessionClearing.Clear(session);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            LogNotCleared(logger, LogText.Escape(session), LogText.Escape(e.Message));
        }
    }

    private static DateTimeOffset? LastWrite(string session) =>
        LogDirectory.EventFiles(session)
            .Select(file => (DateTimeOffset?)new DateTimeOffset(File.GetLastWriteTimeUtc(file)))
            .Max();

    [LoggerMessage(Level = LogLevel.Information, Message = "Cleared {Count} ended sessions of earlier trainings (CLEAR_LOGS=1; CLEAR_LOGS=0 keeps them).")]
    private static partial void LogCleared(ILogger logger, int count);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The last server was killed: nothing is cleared at this start.")]
    private static partial void LogNothingCleared(ILogger logger);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Cannot clear {Session}: {Reason}. Remove it by hand.")]
    private static partial void LogNotCleared(ILogger logger, string session, string reason);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Cannot read the sessions in {Path}: {Reason}. Clients that come back begin new ones.")]
    private static partial void LogNotRecovered(ILogger logger, string path, string reason);
}
