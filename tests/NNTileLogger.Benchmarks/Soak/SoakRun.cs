using System.Diagnostics;
using NNTileLogger.Benchmarks.EndToEnd;
using static NNTileLogger.Benchmarks.EndToEnd.Figures;

namespace NNTileLogger.Benchmarks.Soak;

/// <summary>
/// Runs the server for a while under clients that come and go in all ways, with a new event file every few seconds and
/// readers attached, and looks whether anything of it grows.
/// </summary>
internal static class SoakRun
{
    private static readonly TimeSpan _samplePause = TimeSpan.FromSeconds(5);
    private const int SamplesALine = 12;

    // Five seconds.
    private const string Split = "SPLIT_HOURS=0.0014";

    /// <exception cref="RunFailedException">Something grows, or the server did what it must not do.</exception>
    public static async Task RunAsync(SoakOptions options, TextWriter output)
    {
        using var server = new SoakedServer(options.Server, Split);
        await server.StartAsync();
        using var tensorBoard = options.TensorBoard is { } command ? new AttachedTensorBoard(command, server.Logs, await server.FeedAsync()) : null;
        using var readers = new SoakReaders();
        await output.WriteLineAsync($"{Machine}; {options.Minutes} minutes, {options.Clients} clients at once, TensorBoard: {(tensorBoard is null ? "none" : "attached")}");

        var tally = new SoakTally();
        using var done = new CancellationTokenSource();
        var clients = Task.WhenAll(Enumerable.Range(0, options.Clients).Select(number => new SoakClient(server.LinePort, number, tally).RunAsync(done.Token)));
        var live = new Uri($"http://127.0.0.1:{await server.HttpPortAsync()}/");
        var reading = readers.RunAsync(live, tensorBoard is null ? null : await tensorBoard.AddressAsync(), done.Token);
        var samples = await WatchAsync(server, tensorBoard, [clients, reading], tally, TimeSpan.FromMinutes(options.Minutes), output);
        await done.CancelAsync();
        await Task.WhenAll(clients, reading);
        await server.StopAsync(tally.Arrived, tally.Sent);

        await output.WriteLineAsync($"\n{tally.Stays} connections, {tally.Sent} points sent; {readers.Read.Curves} curves with {readers.Read.Points} points looked at; slopes without the first {options.WarmUp.TotalMinutes:F0} minutes:\n");
        await ReportAsync([.. samples.Where(sample => sample.Hours >= options.WarmUp.TotalHours)], output);
    }

    private static async Task<List<ProcessSample>> WatchAsync(
        SoakedServer server, AttachedTensorBoard? tensorBoard, Task[] others, SoakTally tally, TimeSpan length, TextWriter output)
    {
        var samples = new List<ProcessSample>();
        var clock = Stopwatch.StartNew();
        while (clock.Elapsed < length)
        {
            await Task.WhenAny([.. others, Task.Delay(_samplePause)]);
            if (Array.Find(others, other => other.IsFaulted) is { } failed)
            {
                throw new RunFailedException($"A client or a reader failed: {failed.Exception!.GetBaseException().Message}. The server said:\n{server.Said}");
            }

            await server.MustBeHealthyAsync();
            tensorBoard?.MustRun();
            EndedSessions.Remove(server.Logs);
            var sample = ProcessSample.Take(server.Id, clock.Elapsed);
            samples.Add(sample);
            if (samples.Count % SamplesALine == 1)
            {
                await output.WriteLineAsync(FormattableString.Invariant(
                    $"{clock.Elapsed.TotalMinutes,5:F1} min: {sample.Resident:F0} MB, {sample.Handles} handles, {sample.Threads} threads, {sample.OpenFiles} files; {tally.Stays} connections so far"));
            }
        }

        return samples;
    }

    private static async Task ReportAsync(IReadOnlyList<ProcessSample> samples, TextWriter output)
    {
        (string Name, Func<ProcessSample, double> Of)[] kinds =
        [
            ("RSS, MB", sample => sample.Resident),
            ("handles", sample => sample.Handles),
            ("threads", sample => sample.Threads),
            ("open files", sample => sample.OpenFiles),
        ];
        var table = new MarkdownTable("of the server", "mean", "least", "most", "scatter", "rise over the run", "slope an hour", "verdict");
        var rising = new List<string>();
        foreach (var (name, of) in kinds)
        {
            var slope = Slope.Of([.. samples.Select(sample => (sample.Hours, of(sample)))]);
            table.Add(
                name,
                Text(slope.Mean, "F1"),
                Text(samples.Min(of), "F1"),
                Text(samples.Max(of), "F1"),
                Text(slope.Scatter, "F2"),
                Text(slope.Change, "F2"),
                Text(slope.PerHour, "F2"),
                slope.IsFlat ? "flat" : "rises");
            if (!slope.IsFlat)
            {
                rising.Add(name);
            }
        }

        await table.WriteAsync(output);
        if (rising.Count > 0)
        {
            throw new RunFailedException($"Not flat: {string.Join(", ", rising)}.");
        }
    }
}
