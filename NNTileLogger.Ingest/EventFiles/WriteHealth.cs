using NNTileLogger.ServiceDefaults;

namespace NNTileLogger.Ingest.EventFiles;

/// <summary>
/// Whether points reach their files: counts the runs whose last write failed and keeps the reason in words, for
/// <c>/health</c> and for one log line each time the state changes. Any thread.
/// </summary>
internal sealed partial class WriteHealth(ILogger<WriteHealth> logger)
{
    private readonly Lock _gate = new();
    private int _failing;

    /// <summary>Why points cannot be written now; null while they can.</summary>
    public string? Reason { get; private set; }

    /// <summary>Notes that a run, or a session's own file, cannot be written.</summary>
    public void Failed(string path, string reason)
    {
        lock (_gate)
        {
            if (_failing++ == 0)
            {
                Reason = $"cannot write {LogText.Escape(path)}: {LogText.Escape(reason)}";
                LogFailing(logger, LogText.Escape(path), LogText.Escape(reason));
            }
        }
    }

    /// <summary>Notes that what failed before is written again, or given up.</summary>
    public void Recovered()
    {
        lock (_gate)
        {
            if (--_failing == 0)
            {
                Reason = null;
                LogRecovered(logger);
            }
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Cannot write {Path}: {Reason}. Points are kept in memory and written when this ends; see BUFFER_MB for how many.")]
    private static partial void LogFailing(ILogger logger, string path, string reason);

    [LoggerMessage(Level = LogLevel.Information, Message = "Points are written again; what was kept in memory is in the files.")]
    private static partial void LogRecovered(ILogger logger);
}
