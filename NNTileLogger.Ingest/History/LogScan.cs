using System.IO.Enumeration;
using NNTileLogger.Ingest.EventFiles;

namespace NNTileLogger.Ingest.History;

/// <summary>An event file as a scan found it.</summary>
/// <param name="Path">Where it is.</param>
/// <param name="Length">Its bytes.</param>
/// <param name="LastWrite">When it was written to last.</param>
internal sealed record FoundFile(string Path, long Length, DateTimeOffset LastWrite);

/// <summary>
/// Finds the event files below LOG_DIR and what run each is of, as TensorBoard does: every directory with a file whose
/// name holds "tfevents" is a run named by its path; links are followed, except round in a circle. The loader's thread.
/// </summary>
internal static class LogScan
{
    /// <summary>The run of files in LOG_DIR itself.</summary>
    public const string RootRun = ".";

    private static readonly EnumerationOptions _options = new() { AttributesToSkip = 0, IgnoreInaccessible = true };

    /// <summary>The runs by name, each with its files by name.</summary>
    /// <param name="root">LOG_DIR.</param>
    /// <param name="stop">Ends the scan early.</param>
    public static Dictionary<string, List<FoundFile>> Run(string root, CancellationToken stop)
    {
        var runs = new Dictionary<string, List<FoundFile>>(StringComparer.Ordinal);
        Scan(root, RootRun, RealPath(root), new HashSet<string>(StringComparer.Ordinal), runs, stop);
        return runs;
    }

    /// <summary>The event files of one run, by name.</summary>
    public static List<FoundFile> FilesOf(string root, string run) =>
        [.. Entries(Path.Combine(root, run)).Where(entry => !entry.IsDirectory && entry.IsEventFile).Select(entry => entry.ToFile())];

    // Above are the directories the way here leads through, by where they really are.
    private static void Scan(
        string directory, string run, string real, HashSet<string> above, Dictionary<string, List<FoundFile>> runs, CancellationToken stop)
    {
        stop.ThrowIfCancellationRequested();
        if (!above.Add(real))
        {
            return;
        }

        List<FoundFile>? files = null;
        foreach (var entry in Entries(directory))
        {
            if (entry.IsDirectory)
            {
                var name = run == RootRun ? entry.Name : $"{run}/{entry.Name}";
                Scan(entry.Path, name, entry.IsLink ? RealPath(entry.Path) : Path.Combine(real, entry.Name), above, runs, stop);
            }
            else if (entry.IsEventFile)
            {
                (files ??= []).Add(entry.ToFile());
            }
        }

        above.Remove(real);
        if (files is not null)
        {
            runs[run] = files;
        }
    }

    private static List<Entry> Entries(string directory)
    {
        try
        {
            var entries = new FileSystemEnumerable<Entry>(directory, ToEntry, _options)
            {
                // Most of what is there are event files and directories: what else there is costs nothing more.
                ShouldIncludePredicate = (ref entry) => entry.IsDirectory || IsLink(entry) || entry.FileName.Contains(EventFileNaming.Word, StringComparison.Ordinal),
            }.ToList();
            entries.Sort((one, other) => string.CompareOrdinal(one.Name, other.Name));
            return entries;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Gone since it was listed, or closed to us: what it holds is not there for this scan.
            return [];
        }
    }

    private static Entry ToEntry(ref FileSystemEntry entry)
    {
        var path = entry.ToFullPath();
        var name = entry.FileName.ToString();
        var isEventFile = name.Contains(EventFileNaming.Word, StringComparison.Ordinal);
        if (!IsLink(entry))
        {
            return new Entry(path, name, entry.IsDirectory, IsLink: false, isEventFile, entry.IsDirectory ? 0 : entry.Length, entry.LastWriteTimeUtc);
        }

        // What a link leads to counts, where it leads somewhere.
        var file = new FileInfo(path);
        return new Entry(path, name, Directory.Exists(path), IsLink: true, isEventFile && file.Exists, file.Exists ? LengthOf(path) : 0, entry.LastWriteTimeUtc);
    }

    private static bool IsLink(in FileSystemEntry entry) => entry.Attributes.HasFlag(FileAttributes.ReparsePoint);

    private static long LengthOf(string path)
    {
        try
        {
            return EventFileScan.LengthOf(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Whoever reads it is told why it cannot be.
            return 0;
        }
    }

    private static string RealPath(string path)
    {
        try
        {
            return Directory.ResolveLinkTarget(path, returnFinalTarget: true)?.FullName ?? Path.GetFullPath(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // A circle of links leads nowhere, which is where it has been already.
            return Path.GetFullPath(path);
        }
    }

    private readonly record struct Entry(
        string Path, string Name, bool IsDirectory, bool IsLink, bool IsEventFile, long Length, DateTimeOffset LastWrite)
    {
        public FoundFile ToFile() => new(Path, Length, LastWrite);
    }
}
