using System.Net.Http.Headers;
using NNTileLogger.Ingest.Tests.Support;
using Xunit;

namespace NNTileLogger.Ingest.Tests.Live;

/// <summary>What a watcher sees as time goes by, on a clock that the test sets.</summary>
public sealed class WatchTests : IDisposable
{
    private static readonly TimeSpan _limit = Eventually.Patience;

    private readonly TempLogDirectory _logs = new();

    public void Dispose() => _logs.Dispose();

    [Fact]
    public async Task Session_SilentForFiveSeconds_IsStalledUntilTheNextMessage()
    {
        await using var server = await StartAsync(new IngestOptions());
        using var api = new LiveClient(server.HttpPort);
        using var client = await NNTileClient.ConnectAsync(server.Port);
        await client.SendAsync(Lines.Scalar("silent", 1));
        Assert.Equal("live", await StateAsync(api));
        server.Time.Advance(TimeSpan.FromSeconds(4.9));
        Assert.Equal("live", await StateAsync(api));
        server.Time.Advance(TimeSpan.FromSeconds(0.2));
        Assert.Equal("stalled", await StateAsync(api));

        await client.SendAsync(Lines.Scalar("silent", 2));
        using var limit = new CancellationTokenSource(_limit);
        while (await StateAsync(api) != "live")
        {
            await Task.Delay(10, limit.Token);
        }
    }

    [Fact]
    public async Task Stream_NothingComes_BeatsEachFifteenSeconds()
    {
        await using var server = await StartAsync(new IngestOptions());
        using var api = new LiveClient(server.HttpPort);
        using var client = await NNTileClient.ConnectAsync(server.Port);
        await client.SendAsync(Lines.Scalar("quiet", 1));
        var id = LiveClient.Id(await api.SessionWithRunAsync("quiet"));
        using var http = new HttpClient();
        using var lines = new StreamReader(await http.GetStreamAsync(
            new Uri($"http://127.0.0.1:{server.HttpPort}/api/sessions/{id}/stream"), TestContext.Current.CancellationToken));
        Assert.Equal("data: []", await NextDataAsync(lines));

        // The server begins to wait a moment after the event before was sent.
        var advanced = TimeSpan.Zero;
        for (var beat = 1; beat <= 3; beat++)
        {
            var next = NextDataAsync(lines);
            while (!next.IsCompleted)
            {
                server.Time.Advance(TimeSpan.FromSeconds(1));
                advanced += TimeSpan.FromSeconds(1);
                await Task.WhenAny(next, Task.Delay(5, TestContext.Current.CancellationToken));
                Assert.True(advanced < TimeSpan.FromMinutes(5), $"{beat - 1} beats in five minutes");
            }

            Assert.Equal("data: []", await next);
            Assert.True(advanced >= beat * TimeSpan.FromSeconds(15), $"beat {beat} came after {advanced.TotalSeconds} s");
        }
    }

    [Theory]
    [InlineData("http://localhost:6006", null, "http://127.0.0.1:6006/")]
    [InlineData("http://boards.example:6006/tb/", null, "http://boards.example:6006/tb/")]
    [InlineData("http://localhost:6006", "/live", "../")]
    [InlineData(null, null, null)]
    public async Task Server_TensorBoardIsKnown_IsToldAsTheReaderReachesIt(string? known, string? prefix, string? told)
    {
        await using var server = await StartAsync(new IngestOptions { TensorBoard = known is null ? null : new Uri(known) });
        using var http = new HttpClient();
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri($"http://127.0.0.1:{server.HttpPort}/api/server"));
        request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("application/json"));
        if (prefix is not null)
        {
            request.Headers.Add("X-Forwarded-Prefix", prefix);
        }

        using var answer = await http.SendAsync(request, TestContext.Current.CancellationToken);
        using var json = System.Text.Json.JsonDocument.Parse(await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        Assert.Equal(told, json.RootElement.GetProperty("tensorBoard").GetString());
    }

    private static async Task<string?> StateAsync(LiveClient api)
    {
        await api.SessionWithRunAsync("silent");
        return (await api.GetAsync("api/sessions")).EnumerateArray().Single().GetProperty("state").GetString();
    }

    private static async Task<string?> NextDataAsync(StreamReader lines)
    {
        string? line;
        do
        {
            line = await lines.ReadLineAsync();
        }
        while (line is not null && !line.StartsWith("data:", StringComparison.Ordinal));
        return line;
    }

    private Task<InProcessIngest> StartAsync(IngestOptions options) =>
        InProcessIngest.StartAsync(options with { LogDirectory = _logs.Path });
}
