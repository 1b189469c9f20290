using System.Globalization;

namespace NNTileLogger.AppHost.TensorBoard;

/// <summary>
/// How many files a program may hold open at most. TensorBoard holds one for every event file it ever saw,
/// and children of the AppHost get this process's hard limit.
/// </summary>
internal static class DescriptorLimit
{
    /// <summary>Below this a few hundred trainings are too many.</summary>
    public const int Enough = 4096;

    private const string LimitsFile = "/proc/self/limits";
    private const string Row = "Max open files";

    /// <summary>The hard limit of this process; null where the system has none or does not tell.</summary>
    public static int? OfThisProcess() => File.Exists(LimitsFile) ? HardLimit(File.ReadAllText(LimitsFile)) : null;

    /// <summary>Finds the hard limit in the text of a limits file: <c>name, soft, hard, unit</c> in columns.</summary>
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
