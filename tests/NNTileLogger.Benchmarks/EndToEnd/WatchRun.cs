using static NNTileLogger.Benchmarks.EndToEnd.Figures;

namespace NNTileLogger.Benchmarks.EndToEnd;

/// <summary>
/// Measures what open live pages take from ingest: rounds while so many of them watch alternate with rounds while
/// nobody does. The watchers run on the machine they are measured on, so what they take themselves is in the wall time;
/// so is what pages ask for once, when they come to a session: the longer the round, the less of it.
/// </summary>
internal static class WatchRun
{
    public static async Task RunAsync(RunOptions options, TextWriter output)
    {
        var table = new MarkdownTable(
            "load", "watchers", "M points/s", "watched", "wall ratio", "CPU ns/point", "watched", "CPU ratio", "MB/s to watchers");
        foreach (var block in options.Loads.Select(Loads.Block))
        {
            await Console.Error.WriteLineAsync($"{block.Name} ...");
            table.Add(await MeasureAsync(block, options));
        }

        await output.WriteLineAsync($"{Machine}; medians; rounds: {options.Rounds} of each after {options.WarmUps} to warm up\n");
        await table.WriteAsync(output);
    }

    private static async Task<string[]> MeasureAsync(Load block, RunOptions options)
    {
        var blocks = options.BlocksOf(block, options.Connections);
        using var server = new BuiltServer(options.Server);
        await server.StartAsync();
        for (var i = 0; i < options.WarmUps; i++)
        {
            await WatchedAsync(server, block, blocks, options);
            server.Send(block, blocks, options.Connections);
        }

        var (alone, watched, speeds, joined) = (new List<Round>(), new List<Round>(), new List<double>(), options.Watchers);
        for (var i = 0; i < options.Rounds; i++)
        {
            alone.Add(server.Send(block, blocks, options.Connections));
            var (round, bytes, came) = await WatchedAsync(server, block, blocks, options);
            joined = Math.Min(joined, came);
            watched.Add(round);
            speeds.Add(bytes / 1e6 / round.Wall.TotalSeconds);
        }

        await server.StopAsync();
        var (cpuAlone, cpuWatched) = (CpuNanosecondsAPoint(alone), CpuNanosecondsAPoint(watched));
        return
        [
            block.Name,
            // A short round is over before the last of them have seen it.
            joined == options.Watchers ? Text(joined, "F0") : $"{joined} to {options.Watchers}",
            MillionPointsASecond(alone),
            MillionPointsASecond(watched),
            Text(alone.Zip(watched, (one, other) => other.PointsASecond / one.PointsASecond).Median(), "F3"),
            Text(cpuAlone, "F1"),
            Text(cpuWatched, "F1"),
            Text(cpuWatched / cpuAlone, "F3"),
            Text(speeds.Median(), "F1"),
        ];
    }

    private static async Task<(Round Round, long Bytes, int Joined)> WatchedAsync(BuiltServer server, Load block, int blocks, RunOptions options)
    {
        await using var watchers = new Watchers(await server.HttpPortAsync(), options.Watchers);
        var round = await Task.Factory.StartNew(
            () => server.Send(block, blocks, options.Connections), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        var (bytes, joined) = await watchers.EndAsync();
        return (round, bytes, joined);
    }
}
