using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Loggers;
using BenchmarkDotNet.Reports;
using BenchmarkDotNet.Toolchains.InProcess.Emit;

namespace NNTileLogger.Benchmarks.Layers;

/// <summary>
/// The benchmarks of the layers, in the order data flows, and how they are run. Their results are per point, so that
/// the layers add up.
/// </summary>
internal static class LayerRuns
{
    public static Type[] Types { get; } =
    [
        typeof(LineBenchmarks), typeof(MessageBenchmarks), typeof(NumberBenchmarks), typeof(SeriesBenchmarks), typeof(RecordBenchmarks),
    ];

    /// <summary>How they are measured.</summary>
    public static IConfig Config { get; } = DefaultConfig.Instance.WithArtifactsPath(ArtifactsPath());

    /// <summary>How it is tried whether they run at all: once each, in this process.</summary>
    public static IConfig OnceConfig { get; } = ManualConfig.CreateEmpty()
        .AddJob(Job.Dry.WithToolchain(InProcessEmitToolchain.Instance))
        .AddLogger(NullLogger.Instance)
        .WithArtifactsPath(ArtifactsPath());

    /// <summary>
    /// True where every benchmark gave a result. What the library says of the setting does not count: it calls a clone
    /// in a temporary folder an error.
    /// </summary>
    public static bool IsGood(Summary summary) => summary.Reports.Length > 0 && summary.Reports.All(report => report.Success);

    // The program is in artifacts/bin/NNTileLogger.Benchmarks/release.
    private static string ArtifactsPath() => Path.GetFullPath(Path.Combine(AppContext.BaseDirectory, "..", "..", "..", "benchmarks"));
}
