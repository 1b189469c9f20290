using static NNTileLogger.Benchmarks.EndToEnd.Figures;

namespace NNTileLogger.Benchmarks.EndToEnd;

/// <summary>
/// Measures the server as a whole, from a socket to its files: first loads of fresh servers, then rounds of warm ones,
/// in alternation with a reference, since machines drift.
/// </summary>
internal static class EndToEndRun
{
    public static async Task RunAsync(RunOptions options, TextWriter output)
    {
        var blocks = options.Loads.Select(Loads.Block).ToArray();
        string[] columns = ["load", "connections", "M points/s", "CPU ns/point", "RSS MB", "start ms", "cold M points/s"];
        var table = new MarkdownTable(options.Reference is null ? columns : [.. columns, "wall ratio", "CPU ratio", "cold ratio"]);
        foreach (var block in blocks)
        {
            await Console.Error.WriteLineAsync($"{block.Name} ...");
            table.Add(await MeasureAsync(block, options));
        }

        await output.WriteLineAsync($"{Machine}; medians; rounds: {options.Rounds} after {options.WarmUps} to warm up, cold starts: {options.ColdStarts}\n");
        await table.WriteAsync(output);
    }

    private static async Task<string[]> MeasureAsync(Load block, RunOptions options)
    {
        var blocks = options.BlocksOf(block, options.Connections);
        var starts = new List<double>();
        var cold = new List<RoundPair>();
        for (var i = 0; i < options.ColdStarts; i++)
        {
            using var fresh = await ServerPair.StartAsync(options);
            starts.Add(fresh.Service.StartTime.TotalMilliseconds);
            cold.Add(fresh.Send(block, blocks, options.Connections));
            await fresh.StopAsync();
        }

        using var pair = await ServerPair.StartAsync(options);
        for (var i = 0; i < options.WarmUps; i++)
        {
            pair.Send(block, blocks, options.Connections);
        }

        RoundPair[] rounds = [.. Enumerable.Range(0, options.Rounds).Select(_ => pair.Send(block, blocks, options.Connections))];
        var resident = pair.Service.ResidentMegabytes;
        await pair.StopAsync();
        return Row(block, options, rounds, resident, starts, cold);
    }

    private static string[] Row(
        Load block, RunOptions options, RoundPair[] rounds, double resident, IEnumerable<double> starts, IReadOnlyList<RoundPair> cold)
    {
        Round[] service = [.. rounds.Select(round => round.Service)];
        string[] row =
        [
            block.Name,
            Text(options.Connections, "F0"),
            MillionPointsASecond(service),
            Text(CpuNanosecondsAPoint(service), "F1"),
            Text(resident, "F0"),
            Text(starts.Median(), "F0"),
            MillionPointsASecond(cold.Select(round => round.Service)),
        ];
        return options.Reference is null
            ? row
            :
            [
                .. row,
                Text(rounds.Select(round => round.WallRatio).Median(), "F2"),
                Text(rounds.Select(round => round.CpuRatio).Median(), "F2"),
                Text(cold.Select(round => round.WallRatio).Median(), "F2"),
            ];
    }
}
