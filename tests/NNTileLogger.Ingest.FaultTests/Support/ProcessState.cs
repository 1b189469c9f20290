using System.Globalization;

namespace NNTileLogger.Ingest.FaultTests.Support;

/// <summary>What Linux tells of a process: its memory, threads and descriptors.</summary>
internal static class ProcessState
{
    /// <summary>Memory it holds now, in MiB.</summary>
    public static double ResidentMegabytes(int process) => Number(process, "VmRSS:") / 1024.0;

    /// <summary>The most memory it ever held, in MiB.</summary>
    public static double PeakMegabytes(int process) => Number(process, "VmHWM:") / 1024.0;

    public static long Threads(int process) => Number(process, "Threads:");

    /// <summary>The files, sockets and so on that it has open.</summary>
    public static IReadOnlyList<string> Descriptors(int process)
    {
        var open = new List<string>();
        foreach (var descriptor in Directory.EnumerateFileSystemEntries($"/proc/{process}/fd"))
        {
            try
            {
                open.Add(new FileInfo(descriptor).LinkTarget ?? "");
            }
            catch (IOException)
            {
                // Closed since it was listed.
            }
        }

        return open;
    }

    private static long Number(int process, string name)
    {
        var line = File.ReadLines($"/proc/{process}/status").First(line => line.StartsWith(name, StringComparison.Ordinal));
        return long.Parse(line.Split((char[])[' ', '\t'], StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture);
    }
}
