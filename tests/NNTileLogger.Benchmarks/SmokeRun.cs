using System.Diagnostics;
using BenchmarkDotNet.Running;
using NNTileLogger.Benchmarks.EndToEnd;
using NNTileLogger.Benchmarks.Layers;

namespace NNTileLogger.Benchmarks;

/// <summary>Everything once, small, to see that it still runs; no time is looked at.</summary>
internal static class SmokeRun
{
    private static readonly RunOptions _little = new() { Rounds = 1, WarmUps = 1, ColdStarts = 1, Points = 100_000 };

    /// <exception cref="RunFailedException">Something does not run.</exception>
    public static async Task RunAsync(TextWriter output)
    {
        var clock = Stopwatch.StartNew();
        foreach (var type in LayerRuns.Types)
        {
            var summary = BenchmarkRunner.Run(type, LayerRuns.OnceConfig);
            if (!LayerRuns.IsGood(summary))
            {
                var reasons = summary.ValidationErrors.Select(error => error.Message);
                throw new RunFailedException($"{type.Name} does not run; see {summary.LogFilePath}. {string.Join(' ', reasons)}");
            }

            await output.WriteLineAsync($"{type.Name}: {summary.Reports.Length} benchmarks run");
        }

        await EndToEndRun.RunAsync(_little, output);
        await output.WriteLineAsync(FormattableString.Invariant($"smoke run: {clock.Elapsed.TotalSeconds:F0} s"));
    }
}
