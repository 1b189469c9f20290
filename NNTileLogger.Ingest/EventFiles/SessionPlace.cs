namespace NNTileLogger.Ingest.EventFiles;

/// <summary>
/// A session's directory and the file in it that says what it is. Made by the writer thread with the first write, so
/// that a connection never waits for the disk.
/// </summary>
/// <param name="root">LOG_DIR.</param>
/// <param name="start">When the session began: its directory is named after it.</param>
/// <param name="describe">Gives the bytes of session.json as they should be now; called on the writer thread.</param>
/// <param name="made">Told the name of the directory once it is made.</param>
internal sealed class SessionPlace(
    LogDirectory root, DateTimeOffset start, Func<byte[]> describe, Action<string>? made = null)
{
    private volatile bool _changed = true;
    private int _checkpoint;
    private string? _vanished;

    /// <summary>The directory; null while none has been made.</summary>
    public string? Directory { get; set; }

    /// <summary>The directory's name for messages, also before there is one.</summary>
    public string Name => Path.GetFileName(Directory) ?? LogDirectory.SessionName(start, root.Time);

    /// <summary>Whether the steps are saved; set by the session's connection, acted on by the writer thread.</summary>
    public CheckpointNeed Checkpoint
    {
        get => (CheckpointNeed)Volatile.Read(ref _checkpoint);
        set => Volatile.Write(ref _checkpoint, (int)value);
    }

    /// <summary>Notes that the steps are saved; a wish that has come meanwhile stays.</summary>
    public void CheckpointSaved() =>
        Interlocked.CompareExchange(ref _checkpoint, (int)CheckpointNeed.WhenDue, (int)CheckpointNeed.Now);

    /// <summary>Notes that session.json should be written again with the next flush. Any thread.</summary>
    public void StateChanged() => _changed = true;

    /// <summary>Notes that the directory may be gone, so that the next write makes it again.</summary>
    public void Forget()
    {
        if (Directory is not null && !System.IO.Directory.Exists(Directory))
        {
            (_vanished, Directory) = (Directory, null);
            _changed = true;
        }
    }

    /// <summary>The directory, made where there is none, with its session.json.</summary>
    public string Ensure()
    {
        if (Directory is null && _vanished is not null)
        {
            Directory = System.IO.Directory.CreateDirectory(_vanished).FullName;
        }
        else if (Directory is null)
        {
            Directory = root.CreateSessionDirectory(start);
            made?.Invoke(Name);
        }

        SaveWhereChanged();
        return Directory;
    }

    /// <summary>Writes session.json where it has changed and the directory is there.</summary>
    public void SaveWhereChanged()
    {
        if (!_changed || Directory is null)
        {
            return;
        }

        // First the mark, then the content: a change in between is written next time.
        _changed = false;
        try
        {
            SideFile.Write(Path.Combine(Directory, LogDirectory.SessionFile), describe());
        }
        catch
        {
            _changed = true;
            throw;
        }
    }
}

/// <summary>Whether a session's steps are saved for a restart.</summary>
internal enum CheckpointNeed
{
    /// <summary>Now and then.</summary>
    WhenDue,

    /// <summary>With the next flush: the session may be continued by another connection, or another server.</summary>
    Now,

    /// <summary>No more: the session has ended for good.</summary>
    Never,
}
