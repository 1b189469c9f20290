namespace NNTileLogger.Ingest.EventFiles;

/// <summary>Replaces a small file whole: a reader, or a crash, finds the old content or the new, never a part.</summary>
internal static class SideFile
{
    /// <summary>Ends the names of files on their way; reserved like the names themselves.</summary>
    public const string TemporarySuffix = ".tmp";

    public static void Write(string path, ReadOnlySpan<byte> content)
    {
        var temporary = path + TemporarySuffix;
        using (var handle = File.OpenHandle(temporary, FileMode.Create, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete))
        {
            RandomAccess.Write(handle, content, 0);
        }

        File.Move(temporary, path, overwrite: true);
    }
}
