using System.Runtime.InteropServices;
using BenchmarkDotNet.Running;
using NNTileLogger.Benchmarks;
using NNTileLogger.Benchmarks.EndToEnd;
using NNTileLogger.Benchmarks.History;
using NNTileLogger.Benchmarks.Layers;
using NNTileLogger.Benchmarks.Soak;

// Ends by way of ProcessExit, where started servers are ended and their folders removed: signals alone do not.
using var interrupted = PosixSignalRegistration.Create(PosixSignal.SIGINT, _ => Environment.Exit(130));
using var terminated = PosixSignalRegistration.Create(PosixSignal.SIGTERM, _ => Environment.Exit(143));

// What is measured is said by the first word; where that is an option, they are BenchmarkDotNet's.
try
{
    switch (args)
    {
        case ["e2e", .. var rest]:
            await EndToEndRun.RunAsync(RunOptions.Parse(rest), Console.Out);
            return 0;
        case ["scale", .. var rest]:
            await ScaleRun.RunAsync(RunOptions.Parse(rest), Console.Out);
            return 0;
        case ["watch", .. var rest]:
            await WatchRun.RunAsync(RunOptions.Parse(rest), Console.Out);
            return 0;
        case ["soak", .. var rest]:
            await SoakRun.RunAsync(SoakOptions.Parse(rest), Console.Out);
            return 0;
        case ["load", .. var rest]:
            await LoadRun.RunAsync(LoadOptions.Parse(rest), Console.Out);
            return 0;
        case ["smoke"]:
            await SmokeRun.RunAsync(Console.Out);
            return 0;
        case [['-', ..], ..]:
            var summaries = BenchmarkSwitcher.FromTypes(LayerRuns.Types).Run(args, LayerRuns.Config);
            return summaries.All(LayerRuns.IsGood) ? 0 : 1;
        default:
            throw new RunFailedException(RunOptions.Usage);
    }
}
catch (RunFailedException e)
{
    await Console.Error.WriteLineAsync(e.Message);
    return 1;
}
