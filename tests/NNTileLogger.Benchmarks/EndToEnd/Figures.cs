using System.Globalization;

namespace NNTileLogger.Benchmarks.EndToEnd;

/// <summary>Medians of rounds, as tables show them.</summary>
internal static class Figures
{
    /// <summary>What the figures hold for.</summary>
    public static string Machine =>
        $"{Model()}, {Environment.ProcessorCount} cores, .NET {Environment.Version}, output in {TempFolder.Parent}";

    public static double Median(this IEnumerable<double> values)
    {
        var sorted = values.Order().ToArray();
        return (sorted[sorted.Length / 2] + sorted[(sorted.Length - 1) / 2]) / 2;
    }

    public static string MillionPointsASecond(IEnumerable<Round> rounds) => Text(rounds.Select(round => round.PointsASecond / 1e6).Median(), "F2");

    /// <summary>Over all rounds together: the system counts processor time in coarse ticks.</summary>
    public static double CpuNanosecondsAPoint(IReadOnlyCollection<Round> rounds) =>
        rounds.Sum(round => round.Cpu.TotalNanoseconds) / rounds.Sum(round => round.Points);

    /// <summary>A number; a dash where it is none, as when a round was too short to be timed.</summary>
    public static string Text(double value, string format) => double.IsFinite(value) ? value.ToString(format, CultureInfo.InvariantCulture) : "-";

    private static string Model()
    {
        const string cpuInfo = "/proc/cpuinfo";
        var line = File.Exists(cpuInfo) ? File.ReadLines(cpuInfo).FirstOrDefault(line => line.StartsWith("model name", StringComparison.Ordinal)) : null;
        return line?.Split(':', 2)[1].Trim() ?? System.Runtime.InteropServices.RuntimeInformation.ProcessArchitecture.ToString();
    }
}
