using NNTileLogger.Ingest.EventFiles;

namespace NNTileLogger.Ingest.Sessions;

/// <summary>
/// Removes an ended session: its event files that name us as their writer, our side files, then folders left empty.
/// Whatever else a person put there stays, and no link is followed.
/// </summary>
internal static class SessionClearing
{
    /// <exception cref="IOException">Something cannot be removed.</exception>
    /// <exception cref="UnauthorizedAccessException">Something must not be removed.</exception>
    public static void Clear(string session)
    {
        if (LogDirectory.IsLink(session))
        {
            return;
        }

        foreach (var file in LogDirectory.EventFiles(session).Where(EventFileReader.IsOurs).ToList())
        {
            File.Delete(file);
        }

        foreach (var folder in Directory.EnumerateDirectories(session).ToList())
        {
            RemoveWhereEmpty(folder);
        }

        // The mark of a session last: what is interrupted here is taken up by a later start.
        foreach (var name in (string[])[LogDirectory.StepsFile, LogDirectory.SessionFile])
        {
            File.Delete(Path.Combine(session, name + SideFile.TemporarySuffix));
            File.Delete(Path.Combine(session, name));
        }

        RemoveWhereEmpty(session);
    }

    private static void RemoveWhereEmpty(string folder)
    {
        if (LogDirectory.IsLink(folder))
        {
            return;
        }

        foreach (var sub in Directory.EnumerateDirectories(folder).ToList())
        {
            RemoveWhereEmpty(sub);
        }

        if (!Directory.EnumerateFileSystemEntries(folder).Any())
        {
            Directory.Delete(folder);
        }
    }
}
