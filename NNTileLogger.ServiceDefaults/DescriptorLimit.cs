using System.Globalization;

namespace NNTileLogger.ServiceDefaults;

/// <summary>
/// How many files and sockets a program may hold open at most: its hard limit, which .NET takes for itself at start and
/// which children get as well. Any thread.
/// </summary>
public static class DescriptorLimit
{
    private const string LimitsFile = "/proc/self/limits";
    private const string Row = "Max open files";

    /// <summary>The hard limit of this process; null where the system has none or does not tell.</summary>
    /// <returns>The limit.</returns>
    public static int? OfThisProcess() => File.Exists(LimitsFile) ? HardLimit(File.ReadAllText(LimitsFile)) : null;

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
}
