using NNTileLogger.Ingest.EventFiles;
using NNTileLogger.ServiceDefaults;

namespace NNTileLogger.Ingest.History;

/// <summary>
/// Reads what is new in the files of a run. What is damaged is said once for each file and passed over; other files, and
/// other runs, go on. Any loader thread, one at a time for each run.
/// </summary>
internal sealed partial class RunLoader(Catalog catalog, ILogger<RunLoader> logger)
{
    /// <summary>Reads a run's files and shows it.</summary>
    /// <param name="work">The run and its files.</param>
    /// <param name="scan">The thread's reader.</param>
    /// <param name="stop">Ends the reading.</param>
    /// <returns>False where a file is no longer the one that was read before: the run has to be read anew.</returns>
    public bool TryLoad(RunWork work, EventFileScan scan, CancellationToken stop)
    {
        var isSame = true;
        foreach (var found in work.Files)
        {
            var file = work.Run.FileOf(found.Path);
            if (file.Seen != found)
            {
                isSame &= TryRead(work.Run, file, scan, stop);
                file.Seen = file.IsRefused ? null : found;
            }
        }

        if (work.Before is { } before)
        {
            catalog.Show(work.Run, before);
            before.Clear();
        }

        return isSame;
    }

    private bool TryRead(HistoryRun run, HistoryFile file, EventFileScan scan, CancellationToken stop)
    {
        var from = file.Offset;
        var damaged = 0;
        try
        {
            var end = scan.Read(file.Path, from, Take, stop);
            file.Offset = scan.Offset;
            file.IsRefused = false;
            if (end == ScanEnd.Corrupt && from > 0 && scan.Offset == from && !file.IsCorrupt)
            {
                return false;
            }

            if ((end == ScanEnd.Corrupt || damaged > 0) && !file.IsCorrupt)
            {
                file.IsCorrupt = true;
                var path = LogText.Escape(file.Path);
                if (end == ScanEnd.Corrupt)
                {
                    LogCorrupt(logger, path, file.Offset);
                }
                else
                {
                    LogDamaged(logger, path, damaged);
                }
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Gone since the scan is no error: the next scan takes it away.
            if (!file.IsRefused && File.Exists(file.Path))
            {
                LogRefused(logger, LogText.Escape(file.Path), LogText.Escape(e.Message));
            }

            file.IsRefused = true;
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            // Something that nobody foresaw, in a file that may be another program's: all others go on.
            if (!file.IsCorrupt)
            {
                LogFailed(logger, e, LogText.Escape(file.Path), file.Offset);
            }

            file.IsCorrupt = true;
        }

        return true;

        bool Take(ref RecordWalk records, long offset)
        {
            lock (run.Gate)
            {
                while (records.Next())
                {
                    if (records.IsDamaged || !run.TryAdd(file.Number, offset + records.At, records.Data))
                    {
                        damaged++;
                    }
                }
            }

            return true;
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "{File} holds no record at byte {Offset}: it is shown up to there. It is looked at again where it changes; remove it, or cut it to that length, if it is to be shown whole.")]
    private static partial void LogCorrupt(ILogger logger, string file, long offset);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{File} holds {Count} damaged records, which are passed over; the others are shown.")]
    private static partial void LogDamaged(ILogger logger, string file, int count);

    [LoggerMessage(Level = LogLevel.Error, Message = "{File} cannot be read on from byte {Offset}: it is shown up to there, and looked at again where it changes. Please report this, with the file.")]
    private static partial void LogFailed(ILogger logger, Exception reason, string file, long offset);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{File} cannot be read: {Reason}. It is tried again.")]
    private static partial void LogRefused(ILogger logger, string file, string reason);
}
