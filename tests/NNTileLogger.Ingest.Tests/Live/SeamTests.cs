using System.Text;
using NNTileLogger.Ingest.Live;
using NNTileLogger.Ingest.Tests.Support;
using Xunit;

namespace NNTileLogger.Ingest.Tests.Live;

/// <summary>Where points go over from memory to files, and a session from those at hand to those of the past: nothing is missing there.</summary>
public sealed class SeamTests : IDisposable
{
    private const int AtOnce = 100;
    private const int Enough = 100_000;

    private static readonly TimeSpan _limit = Eventually.Patience;

    private readonly TempLogDirectory _logs = new();

    public void Dispose() => _logs.Dispose();

    [Fact]
    public async Task Points_AskedForWhileTheyComeFast_HaveNoGap()
    {
        await using var server = await IngestProcess.StartAsync(_logs.Path);
        using var api = new LiveClient(server.HttpPort);
        using var feed = new FeedClient(server.DataPort);
        using var client = await NNTileClient.ConnectAsync(server.Port);
        using var enough = new CancellationTokenSource();
        var sent = 0;
        var sending = Task.Run(SendAsync, TestContext.Current.CancellationToken);
        var id = LiveClient.Id(await api.SessionWithRunAsync("fast"));
        var run = $"{id}/fast";
        await FeedClient.UntilAsync(async () => (await feed.RunsAsync()).Contains(run), "the feed knows the run");
        var last = 0;
        // Memory has but a choice of them long before.
        while (last < Enough)
        {
            Assert.False(sending.IsFaulted, $"sending failed: {sending.Exception}");
            last = GapFree("data", last, [.. (await api.GetAsync($"api/sessions/{id}/data?run=fast&tag=fast&points=0")).EnumerateArray().Select(point => point.GetProperty("step").GetInt64())]);
            last = GapFree("TensorBoard's feed", last, [.. (await feed.PointsAsync(run, "fast")).Select(point => point.Step)]);
            var csv = Encoding.UTF8.GetString(await api.BytesAsync($"api/sessions/{id}/export.csv")).Split('\n', StringSplitOptions.RemoveEmptyEntries);
            last = GapFree("export.csv", last, [.. csv.Skip(1).Select(line => long.Parse(line.Split(',')[2], System.Globalization.CultureInfo.InvariantCulture))]);
        }

        await enough.CancelAsync();
        await sending;
        await client.EndAsync();
        Assert.Equal(sent, (await feed.PointsAsync(run, "fast")).Count);

        async Task SendAsync()
        {
            while (!enough.IsCancellationRequested)
            {
                await client.SendAsync(Scalar("fast", string.Join(',', Enumerable.Repeat("0.5", AtOnce))));
                sent += AtOnce;
                // No more than the answers can hold.
                await Task.Delay(1, CancellationToken.None);
            }
        }
    }

    [Fact]
    public async Task Session_OverSinceItWasFound_IsReadFromItsFiles()
    {
        await using var server = await InProcessIngest.StartAsync(new IngestOptions { LogDirectory = _logs.Path });
        var found = await FoundThenOverAsync(server);

        var catalog = server.Part<SeriesCatalog>();
        var series = Assert.Single(await catalog.SeriesAsync(found, TestContext.Current.CancellationToken));
        Assert.Equal(("over", 3), (series.Run, series.Count));
        var points = await catalog.PointsAsync(found, "over", "over", 0, 0, TestContext.Current.CancellationToken);
        Assert.NotNull(points);
        Assert.Equal([1, 2, 3], await points.Select(point => point.Step).ToListAsync(TestContext.Current.CancellationToken));
    }

    [Theory]
    [InlineData(null)]
    [InlineData(1.0)]
    public async Task Session_OverSinceAWatcherFoundIt_TellsItsEnd(double? lastEvent)
    {
        await using var server = await InProcessIngest.StartAsync(new IngestOptions { LogDirectory = _logs.Path });
        var found = await FoundThenOverAsync(server);

        var data = new StringBuilder();
        using var limit = new CancellationTokenSource(_limit);
        var isEnded = false;
        await foreach (var item in server.Part<LiveStreams>().WatchAsync(found, lastEvent, limit.Token))
        {
            data.Append(Encoding.UTF8.GetString(item.Data));
            isEnded = item.EventType == "end";
        }

        Assert.True(isEnded, $"the stream gave {data} and no end within {_limit.TotalSeconds} s");
        Assert.Equal(lastEvent is not null, data.ToString().Contains("\"step\":3", StringComparison.Ordinal));
    }

    private static async Task<LiveSession> FoundThenOverAsync(InProcessIngest server)
    {
        using var api = new LiveClient(server.HttpPort);
        using var client = await NNTileClient.ConnectAsync(server.Port);
        await client.SendAsync(Scalar("over", "1, 2, 3"));
        var found = server.Part<LiveSessions>().Find(LiveClient.Id(await api.SessionWithRunAsync("over")));
        Assert.NotNull(found?.Open);
        await client.EndAsync();
        await Eventually.IsTrueAsync(() => server.Part<LiveSessions>().Find(found.Id) is { Open: null }, _limit, "the session has left memory");
        return found;
    }

    private static int GapFree(string from, int least, List<long> steps)
    {
        var gap = steps.Select((step, at) => step != at + 1).ToList().IndexOf(true);
        Assert.True(gap < 0, $"{from} has {steps.Count} points, and at place {gap + 1} stands step {(gap < 0 ? 0 : steps[gap])}");
        Assert.True(steps.Count >= least, $"{from} has {steps.Count} points where {least} were seen before");
        return steps.Count;
    }

    private static string Scalar(string name, string values) => $$"""{"scalars":[{"name":"{{name}}","values":[{{values}}]}]}""" + "\n";
}
