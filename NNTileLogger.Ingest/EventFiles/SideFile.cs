namespace NNTileLogger.Ingest.EventFiles;

/// <summary>Replaces a small file whole: a reader, or a crash, finds the old content or the new, never a part.</summary>
internal static class SideFile
{
    /// <summary>Ends the names of files on their way; reserved like the names themselves.</summary>
    public const string TemporarySuffix = ".tmp";

    /// <exception cref="IOException">It cannot be written, or its directory has become a link.</exception>
    /// <exception cref="UnauthorizedAccessException">It must not be written.</exception>
    public static void Write(string path, ReadOnlySpan<byte> content)
    {
        RefuseLink(path);
        var temporary = path + TemporarySuffix;
        // Left by a killed server, or a link that somebody put there: it is removed, not followed.
        File.Delete(temporary);
        using (var handle = File.OpenHandle(temporary, FileMode.CreateNew, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete))
        {
            RandomAccess.Write(handle, content, 0);
        }

        File.Move(temporary, path, overwrite: true);
    }

    /// <summary>Removes it, where it is there.</summary>
    public static void Delete(string path)
    {
        RefuseLink(path);
        File.Delete(path);
    }

    private static void RefuseLink(string path) => LogDirectory.RefuseLink(Path.GetDirectoryName(path)!);
}
