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
            await MeasureAsync(cases, options, table);
            await table.WriteAsync(output);
        }
    }

    // In alternation, since machines drift: what counts is what each took beside the first in the same round.
    private static async Task MeasureAsync(Case[] cases, RunOptions options, MarkdownTable table)
    {
        List<MeasuredCase> measured = [];
        try
        {
            foreach (var @case in cases)
            {
                await Console.Error.WriteLineAsync($"{@case.Series} series, connections: {@case.Connections}, MAX_OPEN_FILES: {@case.OpenFiles} ...");
                measured.Add(new MeasuredCase(@case, options));
                await measured[^1].WarmUpAsync(options.WarmUps);
            }

            for (var round = 1; round <= options.Rounds; round++)
            {
                await Console.Error.WriteLineAsync($"round {round} ...");
                measured.ForEach(one => one.Measure());
            }

            foreach (var one in measured)
            {
                table.Add(await one.StopAsync(beside: measured[0]));
            }
        }
        finally
        {
            measured.ForEach(one => one.Dispose());
        }
    }

    /// <summary>The server of one row, and what it took.</summary>
    private sealed class MeasuredCase : IDisposable
    {
        private readonly Case _case;
        private readonly Load _block;
        private readonly int _blocks;
        private readonly BuiltServer _server;
        private readonly List<Round> _rounds = [];

        public MeasuredCase(Case @case, RunOptions options)
        {
            _case = @case;
            _block = Loads.ManySeriesBlock(@case.Series);
            _blocks = options.BlocksOf(_block, @case.Connections * ShortShare);
            string[] variables = @case.OpenFiles == DefaultFiles ? [] : [$"MAX_OPEN_FILES={@case.OpenFiles}"];
            _server = new BuiltServer(options.Server, variables);
        }

        public async Task WarmUpAsync(int rounds)
        {
            await _server.StartAsync();
            for (var i = 0; i < rounds; i++)
            {
                Send(_blocks);
            }
        }

        public void Measure() => _rounds.Add(Send(_blocks).Without(Send(_blocks / ShortShare)));

        /// <summary>Stops the server, and gives its row.</summary>
        public async Task<string[]> StopAsync(MeasuredCase beside)
        {
            var resident = _server.ResidentMegabytes;
            await _server.StopAsync();
            return
            [
                Text(_case.Series, "N0"),
                Text(_case.Connections, "F0"),
                _case.OpenFiles,
                MillionPointsASecond(_rounds),
                Text(CpuNanosecondsAPoint(_rounds), "F1"),
                Text(_rounds.Zip(beside._rounds, (own, first) => own.CpuNanosecondsAPoint / first.CpuNanosecondsAPoint).Median(), "F2"),
                Text(resident, "F0"),
            ];
        }

        public void Dispose() => _server.Dispose();

        private Round Send(int blocks) => _server.Send(_block, blocks, _case.Connections);
    }

    /// <summary>One row.</summary>
    /// <param name="Series">Series of each connection.</param>
    /// <param name="Connections">How many connections.</param>
    /// <param name="OpenFiles">MAX_OPEN_FILES.</param>
    private sealed record Case(int Series, int Connections, string OpenFiles);
}
