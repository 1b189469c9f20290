using BenchmarkDotNet.Running;
using NNTileLogger.Benchmarks;
using NNTileLogger.Benchmarks.EndToEnd;
using NNTileLogger.Benchmarks.Layers;

// What is measured is said by the first word; without one of ours the arguments are BenchmarkDotNet's.
try
{
    switch (args)
    {
        case []:
            throw new RunFailedException(RunOptions.Usage);
        case ["e2e", .. var rest]:
            await EndToEndRun.RunAsync(RunOptions.Parse(rest), Console.Out);
            return 0;
        case ["scale", .. var rest]:
            await ScaleRun.RunAsync(RunOptions.Parse(rest), Console.Out);
            return 0;
        case ["smoke"]:
            await SmokeRun.RunAsync(Console.Out);
            return 0;
        default:
            var summaries = BenchmarkSwitcher.FromTypes(LayerRuns.Types).Run(args, LayerRuns.Config);
            return summaries.All(LayerRuns.IsGood) ? 0 : 1;
    }
}
catch (RunFailedException e)
{
    await Console.Error.WriteLineAsync(e.Message);
    return 1;
}
