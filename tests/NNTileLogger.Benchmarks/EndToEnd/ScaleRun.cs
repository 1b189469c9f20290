using static NNTileLogger.Benchmarks.EndToEnd.Figures;

namespace NNTileLogger.Benchmarks.EndToEnd;

/// <summary>
/// Measures how the cost of a point grows with the number of series, and with that of connections. Each message has one
/// value for each series. Long rounds alternate with short ones, and the difference counts: making, closing and
/// syncing thousands of files at both ends of a session is no cost of a point.
/// </summary>
internal static class ScaleRun
{
    private const int ShortShare = 4;
    private const string DefaultFiles = "default";

    // Above the number of series in all cases.
    private const string ManyFiles = "12000";

    private static readonly Case[] _bySeries =
    [
        new(100, 1, DefaultFiles), new(1_000, 1, DefaultFiles), new(10_000, 1, ManyFiles), new(10_000, 1, DefaultFiles),
    ];

    // Few series each, so that the number of files hardly matters.
    private static readonly Case[] _byConnections = [new(10, 1, DefaultFiles), new(10, 8, DefaultFiles), new(10, 100, DefaultFiles)];

    public static async Task RunAsync(RunOptions options, TextWriter output)
    {
        await output.WriteLineAsync($"{Machine}; medians; rounds: {options.Rounds} after {options.WarmUps} to warm up\n");
        foreach (var cases in (Case[][])[_bySeries, _byConnections])
        {
            var table = new MarkdownTable("series a connection", "connections", "MAX_OPEN_FILES", "M points/s", "CPU ns/point", "CPU beside the first", "RSS MB");
            var first = double.NaN;
            foreach (var @case in cases)
            {
                await Console.Error.WriteLineAsync($"{@case.Series} series, connections: {@case.Connections}, MAX_OPEN_FILES: {@case.OpenFiles} ...");
                var (rounds, resident) = await MeasureAsync(@case, options);
                var cpu = CpuNanosecondsAPoint(rounds);
                first = double.IsNaN(first) ? cpu : first;
                table.Add(
                    Text(@case.Series, "N0"),
                    Text(@case.Connections, "F0"),
                    @case.OpenFiles,
                    MillionPointsASecond(rounds),
                    Text(cpu, "F1"),
                    Text(cpu / first, "F2"),
                    Text(resident, "F0"));
            }

            await table.WriteAsync(output);
        }
    }

    private static async Task<(Round[] Rounds, double Resident)> MeasureAsync(Case @case, RunOptions options)
    {
        var block = Loads.ManySeriesBlock(@case.Series);
        var longer = options.BlocksOf(block, @case.Connections * ShortShare);
        var shorter = longer / ShortShare;
        string[] variables = @case.OpenFiles == DefaultFiles ? [] : [$"MAX_OPEN_FILES={@case.OpenFiles}"];
        using var server = new BuiltServer(options.Server, variables);
        await server.StartAsync();
        for (var i = 0; i < options.WarmUps; i++)
        {
            server.Send(block, longer, @case.Connections);
        }

        Round[] rounds =
        [
            .. Enumerable.Range(0, options.Rounds)
                .Select(_ => server.Send(block, longer, @case.Connections).Without(server.Send(block, shorter, @case.Connections))),
        ];
        var resident = server.ResidentMegabytes;
        await server.StopAsync();
        return (rounds, resident);
    }

    /// <summary>One row.</summary>
    /// <param name="Series">Series of each connection.</param>
    /// <param name="Connections">How many connections.</param>
    /// <param name="OpenFiles">MAX_OPEN_FILES.</param>
    private sealed record Case(int Series, int Connections, string OpenFiles);
}
