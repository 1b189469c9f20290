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
    private string? _reason;
    private long _dropped;

    /// <summary>Why points cannot be written now; null while they can.</summary>
    public string? Reason
    {
        get
        {
            lock (_gate)
            {
                return _dropped == 0 ? _reason : $"{_reason}; {_dropped} points were dropped so far, the oldest first";
            }
        }
    }

    /// <summary>Notes that a run, or a session's own file, cannot be written.</summary>
    public void Failed(string path, string reason)
    {
        lock (_gate)
        {
            if (_failing++ == 0)
            {
                // The system's errors end with the path, which is said already.
                reason = reason.Replace($" : '{path}'", "", StringComparison.Ordinal);
                _reason = $"cannot write {LogText.Escape(path)}: {LogText.Escape(reason)}";
                LogFailing(logger, LogText.Escape(path), LogText.Escape(reason));
            }
        }
    }

    /// <summary>Notes that points were given up: they could not be written, and took all the memory there is for them.</summary>
    public void Dropped(long points)
    {
        lock (_gate)
        {
            if (_dropped == 0)
            {
                LogDropping(logger);
            }

            _dropped += points;
        }
    }

    /// <summary>Notes that what failed before is written again, or given up.</summary>
    public void Recovered()
    {
        lock (_gate)
        {
            if (--_failing == 0)
            {
                if (_dropped == 0)
                {
                    LogRecovered(logger);
                }
                else
                {
                    LogRecoveredInPart(logger, _dropped);
                }

                _reason = null;
                _dropped = 0;
            }
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Cannot write {Path}: {Reason}. Points are kept in memory and written when this ends; see BUFFER_MB for how many.")]
    private static partial void LogFailing(ILogger logger, string path, string reason);

    [LoggerMessage(Level = LogLevel.Warning, Message = "BUFFER_MB is full of points that cannot be written: the oldest are dropped from here on.")]
    private static partial void LogDropping(ILogger logger);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Points are written again; {Dropped} of the oldest were dropped, the rest of what was kept in memory is in the files.")]
    private static partial void LogRecoveredInPart(ILogger logger, long dropped);

    [LoggerMessage(Level = LogLevel.Information, Message = "Points are written again; what was kept in memory is in the files.")]
    private static partial void LogRecovered(ILogger logger);
}
