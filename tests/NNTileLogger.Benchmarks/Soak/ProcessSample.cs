using System.Globalization;

namespace NNTileLogger.Benchmarks.Soak;

/// <summary>What Linux tells of a process at one moment.</summary>
/// <param name="Hours">Since the begin of the soak.</param>
/// <param name="Resident">Memory in use, in MB.</param>
/// <param name="Handles">Descriptors: files, sockets and all else.</param>
/// <param name="Threads">Threads.</param>
/// <param name="OpenFiles">Those of the descriptors that are files.</param>
internal readonly record struct ProcessSample(double Hours, double Resident, double Handles, double Threads, double OpenFiles)
{
    /// <summary>Looks at a process.</summary>
    /// <param name="process">Its number.</param>
    /// <param name="since">Since the begin of the soak.</param>
    public static ProcessSample Take(int process, TimeSpan since)
    {
        var status = File.ReadAllLines($"/proc/{process}/status");
        var targets = Directory.EnumerateFileSystemEntries($"/proc/{process}/fd").Select(TargetOf).OfType<string>().ToList();
        return new ProcessSample(
            since.TotalHours,
            Number(status, "VmRSS:") * 1024 / 1e6,
            targets.Count,
            Number(status, "Threads:"),
            targets.Count(target => target.StartsWith('/')));
    }

    private static double Number(string[] status, string name)
    {
        var line = status.First(line => line.StartsWith(name, StringComparison.Ordinal));
        return double.Parse(line.Split((char[])[' ', '\t'], StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture);
    }

    private static string? TargetOf(string descriptor)
    {
        try
        {
            return new FileInfo(descriptor).LinkTarget;
        }
        catch (IOException)
        {
            return null; // Closed since it was listed.
        }
    }
}
