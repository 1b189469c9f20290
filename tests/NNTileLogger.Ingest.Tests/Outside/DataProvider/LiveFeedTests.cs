using System.Diagnostics;
using NNTileLogger.Ingest.DataProvider.Protos;
using NNTileLogger.Ingest.DataProvider.Protos.HParams;
using NNTileLogger.Ingest.Tests.Support;
using Xunit;

namespace NNTileLogger.Ingest.Tests.Outside.DataProvider;

/// <summary>Trainings on the wire, as TensorBoard is given them while they run, when they end and after a restart.</summary>
public sealed class LiveFeedTests(KeepingIngest ingest) : IClassFixture<KeepingIngest>, IDisposable
{
    // Promised: 50 ms, and this is five times that.
    private static readonly TimeSpan _mostDelay = TimeSpan.FromMilliseconds(250);

    private readonly FeedClient _feed = new(ingest.Server.DataPort);

    public void Dispose() => _feed.Dispose();

    [Fact]
    public async Task Point_FromTheSocket_IsThereAtOnce()
    {
        using var client = await NNTileClient.ConnectAsync(ingest.Port);
        await client.SendAsync(Scalar("prompt", "0"));
        var run = await RunAsync("prompt");
        var delays = new List<TimeSpan>();
        for (var count = 2; count <= 40; count++)
        {
            var clock = Stopwatch.StartNew();
            await client.SendAsync(Scalar("prompt", $"{count}"));
            while ((await _feed.PointsAsync(run, "prompt", 1000)).Count < count)
            {
                Assert.True(clock.Elapsed < TimeSpan.FromSeconds(10), $"point {count} does not come");
            }

            delays.Add(clock.Elapsed);
        }

        Assert.True(delays.Order().ElementAt(delays.Count / 2) < _mostDelay, $"the delays are {string.Join(", ", delays.Select(delay => $"{delay.TotalMilliseconds:0}"))} ms");
    }

    [Fact]
    public async Task Session_EndsWhileSomebodyAsks_NoPointIsMissingOrThereTwice()
    {
        const int Points = 3000;
        var sending = SendAsync();
        var run = await RunAsync("seam");
        var last = 0;
        var afterTheEnd = 0;
        while (afterTheEnd < 100)
        {
            var isOver = sending.IsCompleted;
            var points = await _feed.PointsAsync(run, "seam");
            Assert.Equal(Enumerable.Range(1, points.Count).Select(step => (long)step), points.Select(point => point.Step));
            Assert.True(points.Count >= last, $"there were {last} points, and now there are {points.Count}");
            Assert.True(!isOver || points.Count == Points, $"all is sent, and there are {points.Count} points");
            last = points.Count;
            afterTheEnd += isOver ? 1 : 0;
        }

        await sending;

        async Task SendAsync()
        {
            using var client = await NNTileClient.ConnectAsync(ingest.Port);
            for (var sent = 0; sent < Points; sent += 10)
            {
                await client.SendAsync(Scalar("seam", string.Join(',', Enumerable.Range(sent, 10))));
                if (sent % 500 == 0)
                {
                    await client.ServerHasReadAsync();
                }
            }

            await client.EndAsync();
        }
    }

    [Fact]
    public async Task Session_LongerThanMemoryKeeps_GivesEveryPointAndKeepsSpikes()
    {
        const int Points = 20_000, Spike = 12_345;
        using var client = await NNTileClient.ConnectAsync(ingest.Port);
        await client.SendAsync(Scalar("long", string.Join(',', Enumerable.Range(1, Points).Select(step => step == Spike ? 1000 : step % 5))));
        var run = await RunAsync("long");
        await FeedClient.UntilAsync(async () => await _feed.PointsAsync(run, "long", 1) is [(Points, _)], "the last point is there");

        var few = await _feed.PointsAsync(run, "long", 1000);
        Assert.Contains((Spike, 1000f), few);
        Assert.Equal((1, Points), (few[0].Step, few[^1].Step));
        Assert.Equal(Points, (await _feed.PointsAsync(run, "long")).Count);
        Assert.InRange((await _feed.PointsAsync(run, "long", 10_000)).Count, 5_000, 10_000);
    }

    [Fact]
    public async Task Session_OverBeforeAnybodyLooks_IsThereForTheFirstWhoDoes()
    {
        using var logs = new TempLogDirectory();
        await using var server = await IngestProcess.StartAsync(logs.Path);
        await NNTileClient.SendWholeAsync(server.Port, Scalar("unseen", "1, 2"));
        using var feed = new FeedClient(server.DataPort);

        var run = Assert.Single(await feed.RunsAsync(), name => name.EndsWith("/unseen", StringComparison.Ordinal));

        Assert.Equal([(1, 1), (2, 2)], await feed.PointsAsync(run, "unseen"));
        await server.StopAsync();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Server_IsRestarted_EverythingIsThereAgainAndGoesOn(bool isKilled)
    {
        using var logs = new TempLogDirectory();
        var server = await IngestProcess.StartAsync(logs.Path, "CLEAR_LOGS=0");
        try
        {
            using var before = await Training.BeginAsync(() => (server.Port, logs), "a", 1);
            await NNTileClient.SendWholeAsync(server.Port, Scalar("other", "1, 2, 3"));
            await (isKilled ? server.KillAsync() : server.StopAsync());
            await server.DisposeAsync();
            server = await IngestProcess.StartAsync(logs.Path, "CLEAR_LOGS=0");
            using var feed = new FeedClient(server.DataPort);
            var run = await RunAsync(feed, "a");
            var other = await RunAsync(feed, "other");
            Assert.Equal([1, 2, 3], (await feed.PointsAsync(other, "other")).Select(point => point.Step));
            Assert.Equal([(1, 1)], await feed.PointsAsync(run, "a"));

            using var after = await before.AgainAsync(TimeSpan.FromSeconds(1));
            await feed.HasPointsAsync(run, "a", 2);
            Assert.Equal([(1, 1), (2, 2)], await feed.PointsAsync(run, "a"));
            Assert.Equal([(1, 1), (2, 2)], await feed.PointsAsync(run, "a", 1000));
            await after.EndAsync();
            for (var asked = 0; asked < 50; asked++)
            {
                Assert.Equal([(1, 1), (2, 2)], await feed.PointsAsync(run, "a", 1000));
            }

            await server.StopAsync();
        }
        finally
        {
            await server.DisposeAsync();
        }
    }

    [Fact]
    public async Task Session_OfOurs_HasATextAndIsCompared()
    {
        using var client = await NNTileClient.ConnectAsync(ingest.Port);
        await client.SendAsync("""
            {"workers":[{"name":"CUDA 0","total_time":1,"flops":2e9},{"name":"CUDA 1","total_time":1,"flops":2e9},{"name":"CPU 0","total_time":1,"flops":1e9}],"buses":[{"src_name":"NUMA 0","dst_name":"CUDA 0","total_bus_time":1,"transferred_bytes":1}],"memory_nodes":[{"name":"NUMA 0","size":1}],"scalars":[{"name":"noted (loss)","values":[1]}]}

            """);
        var session = (await RunAsync("noted (loss)")).Split('/')[0];
        await FeedClient.UntilAsync(async () => (await TextAsync(session)).Contains("| memory nodes | 1: NUMA 0 |", StringComparison.Ordinal), "the text is there");
        var text = await TextAsync(session);
        Assert.Contains("| state | running |", text, StringComparison.Ordinal);
        Assert.Contains("| workers | 3: CPU 0, CUDA 0, CUDA 1 |", text, StringComparison.Ordinal);

        var start = (await HParamsAsync(session, "_hparams_/session_start_info")).SessionStartInfo;
        Assert.Equal((2, 1, 1), (start.Hparams["workers CUDA"].NumberValue, start.Hparams["workers CPU"].NumberValue, start.Hparams["links"].NumberValue));
        Assert.Equal(Status.Running, (await HParamsAsync(session, "_hparams_/session_end_info")).SessionEndInfo.Status);

        await client.EndAsync();
        await FeedClient.UntilAsync(
            async () => (await HParamsAsync(session, "_hparams_/session_end_info")).SessionEndInfo.Status == Status.Success, "the end is noted");
        await FeedClient.UntilAsync(async () => (await TextAsync(session)).Contains("ended by its client", StringComparison.Ordinal), "the text says how it ended");

        var layouts = await _feed.ReadAsync(new ReadTensorsRequest { PluginFilter = FeedClient.Plugin("custom_scalars"), Downsample = new Downsample { NumPoints = 1 } });
        var layout = Layout.Parser.ParseFrom(Assert.Single(layouts.Runs).Tags[0].Data.Value[0].StringVal[0]);
        var tags = layout.Category.SelectMany(category => category.Chart).SelectMany(chart => chart.Multiline.Tag).ToList();
        Assert.Contains("""noted\ \(loss\)$""", tags);
        Assert.Contains("Perf/GFlops/s$", tags);
    }

    private static string Scalar(string name, string values) => $$"""{"scalars":[{"name":"{{name}}","values":[{{values}}]}]}""" + "\n";

    private Task<string> RunAsync(string scalar) => RunAsync(_feed, scalar);

    private static async Task<string> RunAsync(FeedClient feed, string scalar)
    {
        string? run = null;
        await FeedClient.UntilAsync(async () => (run = (await feed.RunsAsync()).Find(name => name.EndsWith("/" + scalar, StringComparison.Ordinal))) is not null, $"{scalar} is there");
        return run!;
    }

    private async Task<string> TextAsync(string session) =>
        (await _feed.TensorsAsync("text", session, "session")) is [var (_, text)] ? text.StringVal[0].ToStringUtf8() : "";

    private async Task<HParamsPluginData> HParamsAsync(string session, string tag)
    {
        var answer = await _feed.ListTensorsAsync("hparams", session, tag);
        return HParamsPluginData.Parser.ParseFrom(Assert.Single(Assert.Single(answer.Runs).Tags).Metadata.SummaryMetadata.PluginData.Content);
    }
}
