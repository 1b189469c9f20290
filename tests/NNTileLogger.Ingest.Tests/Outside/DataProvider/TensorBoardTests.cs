using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using NNTileLogger.Ingest.Tests.Support;
using Xunit;

namespace NNTileLogger.Ingest.Tests.Outside.DataProvider;

/// <summary>
/// The real TensorBoard, from the lab's packages: over our feed it answers as it does over files by its own server, and
/// sooner. Skipped where the lab is not there.
/// </summary>
public sealed class TensorBoardTests : IDisposable
{
    private const string Captured = "Captures";
    private static readonly TimeSpan _mostDelay = TimeSpan.FromMilliseconds(250);

    // Promised: half a second, and this is five times that.
    private static readonly TimeSpan _mostForTags = TimeSpan.FromSeconds(2.5);

    /// <summary>Where ours shows more than the Rust server does, which then is no fault: by a part of what was asked.</summary>
    private static readonly (string Part, string Why)[] _improvements =
    [
        ("run=generated%2Fdamaged&tag=a", "a record with a wrong checksum is passed over, and what follows is shown; theirs shows what it says, or gives the file up"),
    ];

    private readonly TempLogDirectory _logs = new();

    public void Dispose() => _logs.Dispose();

    // Two of the corpus hold an experiment of HParams, of which TensorBoard takes either.
    [Theory]
    [InlineData(false, 500)]
    [InlineData(true, 10)]
    public async Task Answers_OverTheCorpus_AreThoseOverFiles(bool otherExperiment, int least)
    {
        Copy(Lab.Corpus, _logs.Path, path => path.Contains("nchu-11402-DeepRL", StringComparison.Ordinal) == otherExperiment);
        AddGenerated();
        await using var server = await IngestProcess.StartAsync(_logs.Path, "CLEAR_LOGS=0");
        using var feed = await RealTensorBoard.OnFeedAsync(server.DataPort);
        using var files = await RealTensorBoard.OnFilesAsync(_logs.Path);
        await SettleAsync(files, feed);

        var pair = new TensorBoardPair(files, feed);
        var differences = await pair.CompareAsync();

        Assert.True(pair.Asked.Count > least, $"only {pair.Asked.Count} answers were compared");
        AssertExplained(differences);
        Assert.Contains("data/plugin/mesh/data", string.Join('\n', pair.Asked), StringComparison.Ordinal);
        Assert.Contains("data/plugin/custom_scalars/scalars", string.Join('\n', pair.Asked), StringComparison.Ordinal);
        Assert.All(_improvements, known => Assert.Contains(differences, difference => AskedIn(difference).Contains(known.Part, StringComparison.Ordinal)));
        await server.StopAsync();
    }

    [Fact]
    public async Task Answers_OverOurSessions_AreThoseOverFiles()
    {
        await using var server = await IngestProcess.StartAsync(_logs.Path, "CLEAR_LOGS=0");
        foreach (var capture in Directory.EnumerateFiles(Path.Combine(AppContext.BaseDirectory, Captured), "*.ndjson"))
        {
            await NNTileClient.SendWholeAsync(server.Port, await File.ReadAllBytesAsync(capture, TestContext.Current.CancellationToken));
        }

        await NNTileClient.SendWholeAsync(server.Port, await File.ReadAllBytesAsync(await Lab.GenerateAsync("node", 200, _logs.Root), TestContext.Current.CancellationToken));
        // One that is still open: its points come from memory here, and from files there.
        using var open = await NNTileClient.ConnectAsync(server.Port);
        await open.SendAsync(await File.ReadAllBytesAsync(await Lab.GenerateAsync("unicode", 50, _logs.Root), TestContext.Current.CancellationToken));
        await open.ServerHasReadAsync();
        using var feed = await RealTensorBoard.OnFeedAsync(server.DataPort);
        using var files = await RealTensorBoard.OnFilesAsync(_logs.Path);
        await SettleAsync(files, feed);

        AssertExplained(await new TensorBoardPair(files, feed).CompareSeriesOnlyAsync());
        await open.EndAsync();
        await server.StopAsync();
    }

    [Fact]
    public async Task Point_FromTheSocket_IsInTheHttpApiAtOnce_AlsoBehindARestart()
    {
        // TensorBoard first: it waits for the service.
        var port = FreePort();
        using var feed = await RealTensorBoard.OnFeedAsync(port);
        Assert.Null(await feed.TryGetAsync("data/runs"));
        await using var first = await IngestProcess.StartAsync(_logs.Path, "CLEAR_LOGS=0", $"DATA_PROVIDER_PORT={port}");
        using var client = await NNTileClient.ConnectAsync(first.Port);
        await client.SendAsync(Scalar(0));
        var run = await RunAsync(feed);
        var path = $"data/plugin/scalars/scalars?run={Uri.EscapeDataString(run)}&tag=loss";
        var delays = new List<TimeSpan>();
        for (var count = 2; count <= 40; count++)
        {
            var clock = Stopwatch.StartNew();
            await client.SendAsync(Scalar(count));
            while ((await feed.GetAsync(path)).GetArrayLength() < count)
            {
                Assert.True(clock.Elapsed < TimeSpan.FromSeconds(10), $"point {count} does not come");
            }

            delays.Add(clock.Elapsed);
        }

        Assert.True(delays.Order().ElementAt(delays.Count / 2) < _mostDelay, $"the delays are {string.Join(", ", delays.Select(delay => $"{delay.TotalMilliseconds:0}"))} ms");

        var before = (await feed.GetAsync(path)).GetRawText();
        await client.EndAsync();
        await first.KillAsync();
        Assert.Null(await feed.TryGetAsync(path));
        await using var second = await IngestProcess.StartAsync(_logs.Path, "CLEAR_LOGS=0", $"DATA_PROVIDER_PORT={port}");
        await FeedClient.UntilAsync(async () => (await feed.TryGetAsync(path))?.GetRawText() == before, "TensorBoard has the points again");
        await second.StopAsync();
    }

    [Fact]
    public async Task Runs_TenThousandWithFewDescriptors_AreServedWhole()
    {
        const int Runs = 10_000;
        for (var run = 0; run < Runs; run++)
        {
            new EventFileBuilder().Scalar(1, "loss", run).Scalar(1, "accuracy", run).Save(Path.Combine(_logs.Path, $"run {run}"));
        }

        await using var server = await IngestProcess.StartUnderAsync(["prlimit", "--nofile=1024"], _logs.Path, "CLEAR_LOGS=0");
        using var feed = await RealTensorBoard.OnFeedAsync(server.DataPort);
        await FeedClient.UntilAsync(async () => await CountAsync() == Runs, "every run is there");
        var times = new List<TimeSpan>();
        for (var asked = 0; asked < 3; asked++)
        {
            var clock = Stopwatch.StartNew();
            await CountAsync();
            times.Add(clock.Elapsed);
        }

        Assert.True(times.Min() < _mostForTags, $"the tags took {string.Join(", ", times.Select(time => $"{time.TotalMilliseconds:0}"))} ms");
        var last = await feed.GetAsync($"data/plugin/scalars/scalars?run={Uri.EscapeDataString($"run {Runs - 1}")}&tag=loss");
        Assert.Equal(Runs - 1, last[0][2].GetDouble());
        await server.StopAsync();

        async Task<int> CountAsync() => (await feed.GetAsync("data/plugin/timeseries/tags")).GetProperty("scalars").GetProperty("runTagInfo").EnumerateObject()
            .Count(run => run.Value.GetArrayLength() == 2);
    }

    private static int FreePort()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return ((IPEndPoint)socket.LocalEndPoint!).Port;
    }

    private static string Scalar(int value) => $$"""{"scalars":[{"name":"loss","values":[{{value}}]}]}""" + "\n";

    private static async Task<string> RunAsync(RealTensorBoard feed)
    {
        string? run = null;
        await FeedClient.UntilAsync(
            async () => (run = (await feed.TryGetAsync("data/runs"))?.EnumerateArray().Select(name => name.GetString()!).FirstOrDefault(name => name.EndsWith("/loss", StringComparison.Ordinal))) is not null,
            "the run is there");
        return run!;
    }

    // Both have all when neither changes any more and they list the same series of numbers.
    private static async Task SettleAsync(RealTensorBoard files, RealTensorBoard feed)
    {
        var before = "";
        await FeedClient.UntilAsync(async () =>
        {
            var (ours, theirs) = (await NamesAsync(feed), await NamesAsync(files));
            var isSettled = ours == theirs && ours == before;
            before = ours;
            return isSettled;
        }, "both TensorBoards have loaded");

        // Runs that were read, and their series of numbers; the runs of our notes are in no file.
        static async Task<string> NamesAsync(RealTensorBoard tensorboard)
        {
            var runs = (await tensorboard.GetAsync("data/runs")).EnumerateArray().Select(run => run.GetString()!).Where(run => !run.StartsWith("20", StringComparison.Ordinal) || run.Contains('/'));
            var tags = (await tensorboard.GetAsync("data/plugin/scalars/tags")).EnumerateObject().SelectMany(run => run.Value.EnumerateObject().Select(tag => $"{run.Name} {tag.Name}"));
            return string.Join('\n', runs.Concat(tags).Order(StringComparer.Ordinal));
        }
    }

    private static void AssertExplained(IReadOnlyList<string> differences)
    {
        var faults = differences.Where(difference => !_improvements.Any(known => AskedIn(difference).Contains(known.Part, StringComparison.Ordinal))).ToList();
        Assert.True(faults.Count == 0, $"{faults.Count} answers differ:\n{string.Join('\n', faults.Take(10))}");
    }

    private static string AskedIn(string difference) => difference[..difference.IndexOf('\n', StringComparison.Ordinal)];

    // What nobody published: restarts, files of which a part is no good, and a record that is damaged.
    private void AddGenerated()
    {
        var restarted = Path.Combine(_logs.Path, "generated", "restarted");
        new EventFileBuilder().Scalar(1, "a", 1).Scalar(2, "a", 2).Scalar(3, "a", 3).Histogram(3, "h", [1], [2]).Text(3, "t", "first").Save(restarted, "tfevents.1");
        new EventFileBuilder().Scalar(2, "a", 20).Histogram(2, "h", [1], [3]).Text(2, "t", "second").ScalarTensor(4, "a", 40).Save(restarted, "tfevents.2");
        var odd = new EventFileBuilder().Scalar(1, "number, then text", 1).Text(2, "number, then text", "no number").Scalar(3, "number, then text", 3)
            .Text(1, "text, then number", "a text").Scalar(2, "text, then number", 1).Scalar(0, "zero", 0).Scalar(5, "same step", 1).Scalar(5, "same step", 2);
        odd.Save(Path.Combine(_logs.Path, "generated", "odd"));
        new EventFileBuilder().Audio(1, "sound", [.. "RIFF\u0024\0\0\0WAVE"u8], "a *label*").Audio(2, "sound", [.. "RIFF\u0025\0\0\0WAVE"u8], "another")
            .Mesh(1, "mesh", 0, 0, 0, 1, 0, 0, 0, 1, 0).Mesh(2, "mesh", 0, 0, 0, 2, 0, 0, 0, 2, 0).Layout("one category", "one chart", "a|zero").Scalar(1, "a", 5)
            .Save(Path.Combine(_logs.Path, "generated", "rare"));
        var whole = new EventFileBuilder().Scalar(1, "a", 1).Scalar(2, "a", 2);
        Save("cut", [.. whole.ToArray(), 1, 2, 3]);
        Save("corrupt", [.. whole.ToArray(), .. new byte[64]]);
        Save("empty", []);
        byte[] damaged = [.. whole.ToArray(), .. new EventFileBuilder().Scalar(3, "a", 3).ToArray()[new EventFileBuilder().Length..], .. new EventFileBuilder().Scalar(4, "a", 4).ToArray()[new EventFileBuilder().Length..]];
        damaged[whole.Length + 15] ^= 0xff;
        Save("damaged", damaged);

        void Save(string name, byte[] bytes)
        {
            Directory.CreateDirectory(Path.Combine(_logs.Path, "generated", name));
            File.WriteAllBytes(Path.Combine(_logs.Path, "generated", name, "events.out.tfevents.1"), bytes);
        }
    }

    private static void Copy(string from, string to, Func<string, bool> isWanted)
    {
        foreach (var file in Directory.EnumerateFiles(from, "*tfevents*", SearchOption.AllDirectories).Where(isWanted))
        {
            var copy = Path.Combine(to, Path.GetRelativePath(from, file));
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.Copy(file, copy);
        }
    }
}
