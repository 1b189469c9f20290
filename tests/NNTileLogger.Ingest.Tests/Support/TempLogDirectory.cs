namespace NNTileLogger.Ingest.Tests.Support;

/// <summary>A log directory of a test's own, below the system's temporary folder; removed with all it holds when the test ends.</summary>
internal sealed class TempLogDirectory : IDisposable
{
    public TempLogDirectory()
    {
        Root = Directory.CreateTempSubdirectory("nntile-").FullName;
        Path = System.IO.Path.Combine(Root, "logs");
        Directory.CreateDirectory(Path);
    }

    /// <summary>The folder around the log directory: nothing but the test itself writes there.</summary>
    public string Root { get; }

    /// <summary>The log directory itself, absolute.</summary>
    public string Path { get; }

    /// <summary>The folders in the log directory that hold a session.json, sorted by name.</summary>
    public IReadOnlyList<string> SessionPaths() => LogDirectoryReader.SessionPaths(Path);

    /// <summary>Everything in the sessions, read strictly.</summary>
    public IReadOnlyList<SessionFiles> Sessions(bool writerAtWork = false) => LogDirectoryReader.Read(Path, writerAtWork);

    /// <summary>The one session there must be.</summary>
    public SessionFiles OnlySession(bool writerAtWork = false)
    {
        var sessions = Sessions(writerAtWork);
        Xunit.Assert.True(sessions.Count == 1, $"one session was wanted, there are {sessions.Count}: {string.Join("; ", sessions)}");
        return sessions[0];
    }

    /// <summary>The sessions that hold a run of this name, which needs no escaping; only they are read.</summary>
    public IReadOnlyList<SessionFiles> SessionsWithRun(string run, bool writerAtWork = true) =>
        [.. SessionPaths().Where(path => Directory.Exists(System.IO.Path.Combine(path, run))).Select(path => LogDirectoryReader.ReadSession(path, writerAtWork))];

    /// <summary>The one session that holds a run of this name.</summary>
    public SessionFiles SessionWithRun(string run, bool writerAtWork = true)
    {
        var found = SessionsWithRun(run, writerAtWork);
        Xunit.Assert.True(found.Count == 1, $"one session with the run '{run}' was wanted, there are {found.Count}: {string.Join("; ", found)}");
        return found[0];
    }

    public void Dispose()
    {
        try
        {
            Directory.Delete(Root, recursive: true);
        }
        catch (DirectoryNotFoundException)
        {
            // A test may have removed it.
        }
    }
}
