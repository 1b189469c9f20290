using System.Globalization;
using System.Runtime.InteropServices;

namespace NNTileLogger.ServiceDefaults;

/// <summary>
/// How many files and sockets a program may hold open at most: its hard limit, which .NET takes for itself at start and
/// which children get as well; native code does so by <see cref="TakeAll"/>. Any thread.
/// </summary>
public static class DescriptorLimit
{
    // RLIMIT_NOFILE of Linux, https://man7.org/linux/man-pages/man2/getrlimit.2.html.
    private const int OpenFiles = 7;

    private const string LimitsFile = "/proc/self/limits";
    private const string Row = "Max open files";

    /// <summary>The hard limit of this process; null where the system has none or does not tell.</summary>
    /// <returns>The limit.</returns>
    public static int? OfThisProcess() => File.Exists(LimitsFile) ? HardLimit(File.ReadAllText(LimitsFile)) : null;

    /// <summary>Raises the limit that holds for this process to its hard limit, where the system is Linux and allows it.</summary>
    public static void TakeAll()
    {
        if (OperatingSystem.IsLinux() && GetLimits(OpenFiles, out var limits) == 0 && limits.Soft < limits.Hard)
        {
            limits.Soft = limits.Hard;
            // Refused, it stays as it was: what fits into it is asked for elsewhere.
            _ = SetLimits(OpenFiles, in limits);
        }
    }

    /// <summary>Finds the hard limit in the text of a limits file: <c>name, soft, hard, unit</c> in columns.</summary>
    /// <param name="limits">The text.</param>
    /// <returns>The number; null where there is none.</returns>
    public static int? HardLimit(string limits)
    {
        foreach (var line in limits.Split('\n'))
        {
            if (line.StartsWith(Row, StringComparison.Ordinal)
                && line[Row.Length..].Split(' ', StringSplitOptions.RemoveEmptyEntries) is [_, var hard, ..]
                && int.TryParse(hard, NumberStyles.None, CultureInfo.InvariantCulture, out var limit))
            {
                return limit;
            }
        }

        return null;
    }

    [DllImport("libc", EntryPoint = "getrlimit")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int GetLimits(int resource, out Limits limits);

    [DllImport("libc", EntryPoint = "setrlimit")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int SetLimits(int resource, in Limits limits);

    [StructLayout(LayoutKind.Sequential)]
    private struct Limits
    {
        public nuint Soft;
        public nuint Hard;
    }
}
