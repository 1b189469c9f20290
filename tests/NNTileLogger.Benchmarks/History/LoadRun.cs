using NNTileLogger.Benchmarks.EndToEnd;

namespace NNTileLogger.Benchmarks.History;

/// <summary>
/// From the start of a server to the moment in which TensorBoard would have every point of large event files from it;
/// beside another server, in turns.
/// </summary>
internal static class LoadRun
{
    /// <exception cref="RunFailedException">A server does not do it.</exception>
    public static async Task RunAsync(LoadOptions options, TextWriter output)
    {
        using var logs = new TempFolder();
        var (series, lastStep) = EventFileLoad.Write(logs.Path, options.Runs, (long)options.Megabytes << 20);
        await output.WriteLineAsync(FormattableString.Invariant($"{Figures.Machine}; {options.Megabytes} MB of event files, {series} series of {lastStep} points"));
        var ours = new List<Load>();
        var reference = new List<Load>();
        for (var round = 0; round < options.Rounds; round++)
        {
            ours.Add(await OnceAsync(LoadedServer.Ours(options.Server, logs.Path), series, lastStep));
            if (options.Reference is { } command)
            {
                reference.Add(await OnceAsync(LoadedServer.Reference(command, logs.Path), series, lastStep));
            }
        }

        var table = new MarkdownTable("server", "seconds", "CPU seconds", "RSS MB");
        Add(table, "this", ours);
        if (reference.Count > 0)
        {
            Add(table, "reference", reference);
        }

        await table.WriteAsync(output);
    }

    private static async Task<Load> OnceAsync(LoadedServer server, int series, long lastStep)
    {
        using (server)
        {
            var (wall, cpu) = await server.LoadAsync(series, lastStep);
            return new Load(wall.TotalSeconds, cpu.TotalSeconds, server.ResidentMegabytes);
        }
    }

    private static void Add(MarkdownTable table, string name, List<Load> loads) => table.Add(
        name,
        Figures.Text(loads.Select(load => load.Seconds).Median(), "F2"),
        Figures.Text(loads.Select(load => load.CpuSeconds).Median(), "F2"),
        Figures.Text(loads.Select(load => load.Megabytes).Median(), "F0"));

    private readonly record struct Load(double Seconds, double CpuSeconds, double Megabytes);
}
