namespace NNTileLogger.Ingest.Tests.Support;

/// <summary>Counts the event files that a process holds open, from Linux' list of its descriptors.</summary>
internal static class OpenEventFiles
{
    /// <summary>Looks until told to stop; gives the most that were open at one moment.</summary>
    public static async Task<int> WatchAsync(int process, CancellationToken done)
    {
        var most = 0;
        while (!done.IsCancellationRequested)
        {
            most = Math.Max(most, Count(process));
            await Task.Delay(5, CancellationToken.None);
        }

        return most;
    }

    /// <summary>How many are open now.</summary>
    public static int Count(int process)
    {
        // The list is not read at one moment: a descriptor closed behind the reader and one opened before it would both count.
        // Those that are the same in two lists in a row were all open between the two.
        var first = List(process);
        first.IntersectWith(List(process));
        return first.Count;
    }

    private static HashSet<(string Descriptor, string File)> List(int process)
    {
        var open = new HashSet<(string Descriptor, string File)>();
        foreach (var descriptor in Directory.EnumerateFileSystemEntries($"/proc/{process}/fd"))
        {
            try
            {
                if (File.ResolveLinkTarget(descriptor, returnFinalTarget: false) is { } file && file.Name.Contains("tfevents", StringComparison.Ordinal))
                {
                    open.Add((descriptor, file.FullName));
                }
            }
            catch (IOException)
            {
                // Closed since it was listed.
            }
        }

        return open;
    }
}
