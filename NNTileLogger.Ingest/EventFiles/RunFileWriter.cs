using NNTileLogger.ServiceDefaults;

namespace NNTileLogger.Ingest.EventFiles;

/// <summary>
/// Decides which file a run's next records go to: opens the first, rotates after SPLIT_HOURS, begins a new one where
/// the old one vanished or holds a torn record. Called by the writer thread; errors are thrown to it.
/// </summary>
internal sealed partial class RunFileWriter(
    LogDirectory directory,
    EventFileNaming naming,
    OpenFiles openFiles,
    DiskSync disk,
    IngestOptions options,
    TimeProvider time,
    ILogger<RunFileWriter> logger)
{
    // Rereading this much takes a fraction of a second after a crash.
    private const long CheckpointBytes = 128 << 20;
    private static readonly TimeSpan _checkpointAge = TimeSpan.FromSeconds(30);

    private static readonly TimeSpan _logPause = TimeSpan.FromSeconds(10);

    private readonly StepCheckpointWriter _checkpoints = new();
    private readonly LogPause _vanished = new(time, _logPause);
    private readonly LogPause _fewDescriptors = new(time, _logPause);
    private readonly long _split = (long)(options.Split.TotalSeconds * time.TimestampFrequency);

    /// <summary>Writes some whole records.</summary>
    /// <param name="run">The run.</param>
    /// <param name="records">The records.</param>
    /// <param name="now">The time in <see cref="TimeProvider"/> ticks.</param>
    public void Write(RunWriter run, ReadOnlySpan<byte> records, long now)
    {
        try
        {
            FileFor(run, now).Write(records);
        }
        catch (IOException e) when (OpenFiles.IsDescriptorLimit(e))
        {
            openFiles.Shrink();
            if (_fewDescriptors.IsOver(out var count))
            {
                LogFewDescriptors(logger, count);
            }

            FileFor(run, now).Write(records);
        }

        run.Owner.BytesSinceCheckpoint += records.Length;
        disk.Written();
    }

    /// <summary>What a write is about, for messages: a run's event file or folder, or a session's own file.</summary>
    public string PathOf(RunSet set, RunWriter? run) =>
        run?.File?.Path ?? Path.Combine(directory.Path, set.Place.Name, run?.Folder ?? LogDirectory.SessionFile);

    /// <summary>
    /// Lets go of a file whose next records were given up: a part of them may stand at its end, and readers stop
    /// for good at a torn record that others follow.
    /// </summary>
    /// <param name="run">The run.</param>
    /// <param name="chunk">What was given up.</param>
    /// <returns>Points and bytes of whole records that the last write had got through all the same.</returns>
    public (int Points, int Bytes) Abandon(RunWriter run, Chunk chunk)
    {
        if (run.File is not { TornTail: > 0 } file)
        {
            return default;
        }

        LetGo(run);
        var records = new RecordBuffer().Fill(run, chunk);
        var (points, bytes) = (0, 0);
        while (TFRecord.TryRead(records[bytes..(int)Math.Min(records.Length, file.TornTail)], out _, out var size) == TFRecordStatus.Whole)
        {
            points++;
            bytes += (int)size;
        }

        return (points, bytes);
    }

    /// <summary>Closes the files of a set whose session has ended.</summary>
    public void Close(RunSet set)
    {
        foreach (var run in set.SnapshotRuns())
        {
            if (!run.IsFailing && !run.IsWriting)
            {
                CloseFile(run);
            }
        }

        disk.SyncSoon();
    }

    /// <summary>Closes the file of one run.</summary>
    public void Close(RunWriter run)
    {
        CloseFile(run);
        disk.SyncSoon();
    }

    /// <summary>Saves how far the files are and which step each series has, now and then.</summary>
    public void SaveStepsWhereDue(RunSet set)
    {
        if (set.Place.Directory is not { } session)
        {
            return;
        }

        var now = time.GetTimestamp();
        try
        {
            switch (set.Place.Checkpoint)
            {
                case CheckpointNeed.Never:
                    SideFile.Delete(Path.Combine(session, LogDirectory.StepsFile));
                    return;
                case CheckpointNeed.WhenDue when !IsCheckpointDue(set, now):
                    return;
                default:
                    set.Place.CheckpointSaved();
                    set.BytesSinceCheckpoint = 0;
                    set.LastCheckpoint = now;
                    _checkpoints.Save(session, set);
                    return;
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // A restart without it only takes longer: the files themselves hold every step.
            LogNoCheckpoint(logger, LogText.Escape(session), LogText.Escape(e.Message));
        }
    }

    private bool IsCheckpointDue(RunSet set, long now) =>
        set.BytesSinceCheckpoint >= CheckpointBytes
        || (set.BytesSinceCheckpoint > 0 && time.GetElapsedTime(set.LastCheckpoint, now) >= _checkpointAge);

    private EventFile FileFor(RunWriter run, long now)
    {
        if (run.File is { } open)
        {
            if (open.HasVanished())
            {
                Vanished(open.Path);
                run.Owner.Place.Forget();
                LetGo(run);
            }
            else if (now >= run.RotateAt || run.SyncState != disk.State)
            {
                CloseFile(run);
                run.File = null;
                disk.SyncSoon();
            }
            else if (!open.IsOpen)
            {
                // Somebody may have put a link in the way since.
                LogDirectory.EnsureRunDirectory(run.Owner.Place.Ensure(), run.Folder);
            }
        }

        openFiles.Touch(run);
        if (run.File is not { } file)
        {
            var session = run.Owner.Place.Ensure();
            file = EventFile.Create(LogDirectory.EnsureRunDirectory(session, run.Folder), naming, time.GetUtcNow());
            run.File = file;
            run.RotateAt = now + _split;
            run.SyncState = disk.State;
        }

        return file;
    }

    private void Vanished(string path)
    {
        if (_vanished.IsOver(out var count))
        {
            LogVanished(logger, LogText.Escape(path), count);
        }
    }

    private void CloseFile(RunWriter run)
    {
        if (!disk.SyncsWholeFileSystem)
        {
            run.File?.Sync();
        }

        openFiles.Close(run);
    }

    private void LetGo(RunWriter run)
    {
        openFiles.Close(run);
        run.File = null;
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Path} was removed, moved or cut while it was written; its run goes on in a new file ({Count} such since the last message of this kind).")]
    private static partial void LogVanished(ILogger logger, string path, long count);

    [LoggerMessage(Level = LogLevel.Warning, Message = "No descriptor is left for an event file: fewer are kept open from here on. Raise the limit (ulimit -n) or lower MAX_OPEN_FILES ({Count} such since the last message of this kind).")]
    private static partial void LogFewDescriptors(ILogger logger, long count);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Cannot save the steps of {Session}: {Reason}. A restart will read its event files instead.")]
    private static partial void LogNoCheckpoint(ILogger logger, string session, string reason);
}
