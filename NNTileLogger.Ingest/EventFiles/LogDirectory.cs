using System.Globalization;

namespace NNTileLogger.Ingest.EventFiles;

/// <summary>
/// LOG_DIR: which directories in it are sessions, and how new ones come to be. Nothing here follows a symbolic link
/// out of it; only LOG_DIR itself may be one. Any thread.
/// </summary>
internal sealed class LogDirectory(string path, TimeProvider time)
{
    /// <summary>Says what a session is; a directory without it is none of ours.</summary>
    public const string SessionFile = "session.json";

    /// <summary>Keeps the steps of a session for a restart.</summary>
    public const string StepsFile = "steps.json";

    private const string NameFormat = "yyyy-MM-dd_HH-mm-ss";

    private readonly Lock _gate = new();

    public string Path { get; } = System.IO.Path.GetFullPath(path);

    public TimeProvider Time { get; } = time;

    /// <summary>The name of a session that began at a time: local, as people remember when they started it.</summary>
    public static string SessionName(DateTimeOffset start, TimeProvider time) =>
        TimeZoneInfo.ConvertTime(start, time.LocalTimeZone).ToString(NameFormat, CultureInfo.InvariantCulture);

    /// <summary>The sessions that are there, oldest first.</summary>
    public IEnumerable<string> Sessions() =>
        Directory.EnumerateDirectories(Path)
            .Where(directory => !IsLink(directory) && File.Exists(System.IO.Path.Combine(directory, SessionFile)))
            .Order(StringComparer.Ordinal);

    /// <summary>Makes the directory of a new session; a second one of the same second gets <c>-2</c>, and so on.</summary>
    public string CreateSessionDirectory(DateTimeOffset start)
    {
        var name = SessionName(start, Time);
        lock (_gate)
        {
            var directory = System.IO.Path.Combine(Path, name);
            for (var number = 2; Exists(directory); number++)
            {
                directory = System.IO.Path.Combine(Path, string.Create(CultureInfo.InvariantCulture, $"{name}-{number}"));
            }

            Directory.CreateDirectory(directory);
            return directory;
        }
    }

    /// <summary>Makes the directory of a run below a session's, where it is not there.</summary>
    /// <exception cref="IOException">A part of the path is a link or a file.</exception>
    public static string EnsureRunDirectory(string session, string folder)
    {
        RefuseLink(session);
        var directory = session;
        foreach (var part in folder.Split('/'))
        {
            directory = System.IO.Path.Combine(directory, part);
            RefuseLink(directory);
            Directory.CreateDirectory(directory);
        }

        return directory;
    }

    /// <summary>Throws where a path is a symbolic link.</summary>
    /// <exception cref="IOException">It is.</exception>
    public static void RefuseLink(string path)
    {
        if (IsLink(path))
        {
            throw new IOException($"{path} is a symbolic link, which is not followed: remove it");
        }
    }

    /// <summary>True where a path is a symbolic link, also one that leads nowhere.</summary>
    public static bool IsLink(string path) => new FileInfo(path).LinkTarget is not null;

    /// <summary>The event files of a session with their paths below it; links are passed over.</summary>
    public static IEnumerable<string> EventFiles(string session) =>
        Directory.EnumerateFiles(session, $"*{EventFileNaming.Word}*", _withoutLinks);

    /// <summary>Throws where no file can be made in LOG_DIR.</summary>
    /// <exception cref="IOException">It cannot.</exception>
    /// <exception cref="UnauthorizedAccessException">It must not.</exception>
    public void ProbeWritable()
    {
        // Never a name with "tfevents" in it; gone at once, also where this process ends here.
        var probe = System.IO.Path.Combine(Path, $".nntile-logger.{Environment.ProcessId}.probe");
        // One left by a killed server whose number this one has, or a link: removed, not followed.
        File.Delete(probe);
        using var handle = File.OpenHandle(probe, FileMode.CreateNew, FileAccess.Write, FileShare.None, FileOptions.DeleteOnClose);
        RandomAccess.Write(handle, "x"u8, 0);
    }

    private static readonly EnumerationOptions _withoutLinks = new()
    {
        RecurseSubdirectories = true,
        AttributesToSkip = FileAttributes.ReparsePoint,
        IgnoreInaccessible = true,
    };

    private static bool Exists(string path) => System.IO.Path.Exists(path) || IsLink(path);
}
