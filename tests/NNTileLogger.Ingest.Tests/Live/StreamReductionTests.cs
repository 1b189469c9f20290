using System.Globalization;
using System.Text.Json;
using NNTileLogger.Ingest.Tests.Support;
using Xunit;

namespace NNTileLogger.Ingest.Tests.Live;

/// <summary>When a stream tells every point and when it tells a choice of them, as README says; what it left out is in /data.</summary>
public sealed class StreamReductionTests(RunningIngest ingest) : IClassFixture<RunningIngest>
{
    private const int LongerThanMemoryKeeps = 5000;

    [Fact]
    public async Task LongSeries_WhosePointsComeSingly_IsToldWhole()
    {
        const int watched = 40;
        using var api = new LiveClient(ingest.Server.HttpPort);
        using var client = await NNTileClient.ConnectAsync(ingest.Port);
        await client.SendAsync(Lines.Scalar("single", Falling(1, LongerThanMemoryKeeps)));
        var id = LiveClient.Id(await api.SessionWithRunAsync("single"));
        await using var watcher = await Watcher.OpenAsync(ingest.Server.HttpPort, id);
        for (var step = LongerThanMemoryKeeps + 1; step <= LongerThanMemoryKeeps + watched; step++)
        {
            // Never an extreme of those before: what is told is not told for that.
            await client.SendAsync(Lines.Scalar("single", 0.5));
            Assert.Equal([step], await watcher.StepsUntilAsync(step));
        }
    }

    [Fact]
    public async Task LongSeries_SeveralPointsAtOnce_IsToldByExtremesAndEnds_AndDataHasTheRest()
    {
        const int last = LongerThanMemoryKeeps + 100, lowest = LongerThanMemoryKeeps + 30, highest = LongerThanMemoryKeeps + 60;
        using var api = new LiveClient(ingest.Server.HttpPort);
        using var client = await NNTileClient.ConnectAsync(ingest.Port);
        await client.SendAsync(Lines.Scalar("many", Falling(1, LongerThanMemoryKeeps)));
        var id = LiveClient.Id(await api.SessionWithRunAsync("many"));
        await using var watcher = await Watcher.OpenAsync(ingest.Server.HttpPort, id);
        var values = Enumerable.Range(LongerThanMemoryKeeps + 1, 100).Select(step => step switch { lowest => -1e6, highest => 1e6, _ => 0.5 }).ToArray();
        await client.SendAsync(Lines.Scalar("many", values));
        var told = await watcher.StepsUntilAsync(last);
        Assert.InRange(told.Count, 3, 99);
        Assert.Contains(lowest, told);
        Assert.Contains(highest, told);

        var points = (await api.GetAsync($"api/sessions/{id}/data?run=many&tag=many&from={LongerThanMemoryKeeps + 1}&points=0")).EnumerateArray().ToList();
        Assert.Equal(values, points.Select(point => point.GetProperty("value").GetDouble()));
        Assert.Equal(Enumerable.Range(LongerThanMemoryKeeps + 1, 100).Select(step => (long)step), points.Select(point => point.GetProperty("step").GetInt64()));
    }

    [Fact]
    public async Task ShortSeries_SeveralPointsAtOnce_IsToldWhole()
    {
        using var api = new LiveClient(ingest.Server.HttpPort);
        using var client = await NNTileClient.ConnectAsync(ingest.Port);
        await client.SendAsync(Lines.Scalar("short", 1));
        var id = LiveClient.Id(await api.SessionWithRunAsync("short"));
        await using var watcher = await Watcher.OpenAsync(ingest.Server.HttpPort, id);
        for (var first = 2; first < 1024 - 200; first += 200)
        {
            await client.SendAsync(Lines.Scalar("short", Falling(first, 200)));
            Assert.Equal(Enumerable.Range(first, 200).Select(step => (long)step), await watcher.StepsUntilAsync(first + 199));
        }
    }

    private static double[] Falling(int first, int count) => [.. Enumerable.Range(first, count).Select(step => 1000.0 / step)];

    /// <summary>Reads one stream on, of a session with one series.</summary>
    private sealed class Watcher(HttpClient http, StreamReader lines) : IAsyncDisposable
    {
        public static async Task<Watcher> OpenAsync(int port, string id)
        {
            var http = new HttpClient();
            var stream = await http.GetStreamAsync(new Uri(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{port}/api/sessions/{id}/stream")), TestContext.Current.CancellationToken);
            var watcher = new Watcher(http, new StreamReader(stream));
            Assert.Empty(await watcher.NextAsync());
            return watcher;
        }

        /// <summary>The steps that come until this one has.</summary>
        public async Task<List<long>> StepsUntilAsync(long step)
        {
            var steps = new List<long>();
            while (steps.Count == 0 || steps[^1] < step)
            {
                steps.AddRange(await NextAsync());
            }

            return steps;
        }

        public ValueTask DisposeAsync()
        {
            lines.Dispose();
            http.Dispose();
            return ValueTask.CompletedTask;
        }

        private async Task<IEnumerable<long>> NextAsync()
        {
            using var limit = new CancellationTokenSource(Eventually.Patience);
            while (await lines.ReadLineAsync(limit.Token) is { } line)
            {
                if (line.StartsWith("data: ", StringComparison.Ordinal))
                {
                    return JsonDocument.Parse(line["data: ".Length..]).RootElement.EnumerateArray().Select(point => point.GetProperty("step").GetInt64());
                }
            }

            Assert.Fail("the stream ended");
            return [];
        }
    }
}
