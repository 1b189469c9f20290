using System.Text;
using NNTileLogger.Ingest.Tests.Support;
using Parquet;
using Xunit;

namespace NNTileLogger.Ingest.Tests.Live;

/// <summary>The live page's API, asked over HTTP while clients send and after they have gone.</summary>
public sealed class ApiTests(RunningIngest ingest) : IClassFixture<RunningIngest>
{
    [Fact]
    public async Task Sessions_ClientComesAndGoes_AreLiveThenEnded()
    {
        using var api = new LiveClient(ingest.Server.HttpPort);
        using var client = await NNTileClient.ConnectAsync(ingest.Port);
        await client.SendAsync(Scalar("state", "1, 2, 3"));
        var open = await api.SessionWithRunAsync("state");
        Assert.Equal("live", open.GetProperty("state").GetString());
        Assert.Equal("127.0.0.1", open.GetProperty("peer").GetString());
        Assert.Equal(System.Text.Json.JsonValueKind.Null, open.GetProperty("end").ValueKind);

        await client.EndAsync();
        var ended = await api.SessionWithRunAsync("state");
        Assert.Equal("ended", ended.GetProperty("state").GetString());
        Assert.Equal(3, ended.GetProperty("points").GetInt64());
        Assert.EndsWith("Z", ended.GetProperty("end").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Sessions_ClientIsReset_AreLost()
    {
        using var api = new LiveClient(ingest.Server.HttpPort);
        using var client = await NNTileClient.ConnectAsync(ingest.Port);
        await client.SendAsync(Scalar("reset", "1"));
        await api.SessionWithRunAsync("reset");
        client.Reset();
        var state = "";
        for (var left = 500; left > 0 && state != "lost"; left--)
        {
            state = (await api.SessionWithRunAsync("reset")).GetProperty("state").GetString();
            await Task.Delay(10, TestContext.Current.CancellationToken);
        }

        Assert.Equal("lost", state);
    }

    [Fact]
    public async Task Series_OfEachKind_AreToldApart()
    {
        using var api = new LiveClient(ingest.Server.HttpPort);
        await NNTileClient.SendWholeAsync(ingest.Port, """
            {"workers":[{"name":"kinds","total_time":1,"flops":2e9}],"buses":[{"src_name":"A","dst_name":"B","total_bus_time":1,"transferred_bytes":1}],"memory_nodes":[{"name":"A","size":1}],"scalars":[{"name":"Perf/GFlops/s","values":[1]}]}

            """);
        var id = LiveClient.Id(await api.SessionWithRunAsync("kinds"));
        var kinds = (await api.GetAsync($"api/sessions/{id}/series")).EnumerateArray()
            .Select(series => $"{series.GetProperty("run")} {series.GetProperty("kind")}").Order(StringComparer.Ordinal);
        Assert.Equal(["A bus", "A memory", "A->B bus", "B bus", "Perf/GFlops/s scalar", "kinds worker"], kinds);
    }

    [Fact]
    public async Task Data_WhatIsNoNumber_IsAString()
    {
        using var api = new LiveClient(ingest.Server.HttpPort);
        await NNTileClient.SendWholeAsync(ingest.Port, Scalar("odd", "0.5, null, inf, -inf"));
        var id = LiveClient.Id(await api.SessionWithRunAsync("odd"));
        var points = (await api.GetAsync($"api/sessions/{id}/data?run=odd&tag=odd")).EnumerateArray().ToList();
        Assert.Equal(["0.5", "NaN", "Infinity", "-Infinity"], points.Select(point => point.GetProperty("value").ToString()));
        Assert.Equal([1, 2, 3, 4], points.Select(point => point.GetProperty("step").GetInt64()));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Data_FewerPointsAskedFor_KeepsSpikeAndEnds(bool isOpen)
    {
        const int count = 6000, spike = 4321;
        var name = $"spike-{isOpen}";
        using var api = new LiveClient(ingest.Server.HttpPort);
        using var client = await NNTileClient.ConnectAsync(ingest.Port);
        await client.SendAsync(Scalar(name, string.Join(',', Enumerable.Range(1, count).Select(step => step == spike ? "1000" : $"{step % 7}"))));
        if (!isOpen)
        {
            await client.EndAsync();
        }

        var id = LiveClient.Id(await api.SessionWithRunAsync(name));
        var few = (await api.GetAsync($"api/sessions/{id}/data?run={name}&tag={name}&points=60")).EnumerateArray().ToList();
        Assert.InRange(few.Count, 20, 60);
        var steps = few.ConvertAll(point => point.GetProperty("step").GetInt64());
        Assert.Contains(spike, steps);
        Assert.Equal((1, count), (steps[0], steps[^1]));

        var all = (await api.GetAsync($"api/sessions/{id}/data?run={name}&tag={name}")).EnumerateArray().ToList();
        Assert.Equal(count, all.Count);
        var rest = (await api.GetAsync($"api/sessions/{id}/data?run={name}&tag={name}&from=5990")).EnumerateArray().ToList();
        Assert.Equal(11, rest.Count);
    }

    [Fact]
    public async Task Stream_WatcherComesBack_MissesNothingAndGetsNothingTwice()
    {
        using var api = new LiveClient(ingest.Server.HttpPort);
        using var client = await NNTileClient.ConnectAsync(ingest.Port);
        await client.SendAsync(Scalar("resumed", "1"));
        var id = LiveClient.Id(await api.SessionWithRunAsync("resumed"));
        var (first, cursor) = await api.StreamAsync(id, after: null, "resumed", 3, async () =>
        {
            await client.SendAsync(Scalar("resumed", "2"));
            await client.SendAsync(Scalar("resumed", "3"));
        });
        await client.SendAsync(Scalar("resumed", "4, 5"));
        await client.ServerHasReadAsync();
        var (second, _) = await api.StreamAsync(id, cursor, "resumed", 6, () => client.SendAsync(Scalar("resumed", "6")));
        Assert.Equal([2, 3, 4, 5, 6], first.Concat(second).Select(point => point.GetProperty("step").GetInt64()));
    }

    [Fact]
    public async Task Stream_PointsArrive_WithinFifthOfASecond()
    {
        using var api = new LiveClient(ingest.Server.HttpPort);
        using var client = await NNTileClient.ConnectAsync(ingest.Port);
        await client.SendAsync(Scalar("prompt", "1"));
        var id = LiveClient.Id(await api.SessionWithRunAsync("prompt"));
        var clock = new System.Diagnostics.Stopwatch();
        await api.StreamAsync(id, after: null, "prompt", 2, () =>
        {
            clock.Start();
            return client.SendAsync(Scalar("prompt", "2"));
        });
        Assert.True(clock.Elapsed < TimeSpan.FromSeconds(1), $"it took {clock.Elapsed.TotalMilliseconds:0} ms; 200 are promised, and this is five times that");
    }

    [Fact]
    public async Task Export_OfASession_HoldsEveryPoint()
    {
        const int count = 10_000;
        using var api = new LiveClient(ingest.Server.HttpPort);
        using var client = await NNTileClient.ConnectAsync(ingest.Port);
        await client.SendAsync(Scalar("a, \\\"b\\\"", string.Join(',', Enumerable.Range(1, count))));
        var id = LiveClient.Id(await api.SessionWithRunAsync("a, \"b\""));
        var lines = Encoding.UTF8.GetString(await api.BytesAsync($"api/sessions/{id}/export.csv")).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal("run,tag,step,time,value", lines[0]);
        Assert.Equal(count + 1, lines.Length);
        Assert.StartsWith("\"a, \"\"b\"\"\",\"a, \"\"b\"\"\",10000,", lines[^1], StringComparison.Ordinal);
        Assert.EndsWith("Z,10000", lines[^1], StringComparison.Ordinal);

        await using var reader = await ParquetReader.CreateAsync(new MemoryStream(await api.BytesAsync($"api/sessions/{id}/export.parquet")), cancellationToken: TestContext.Current.CancellationToken);
        Assert.Equal(["run", "tag", "step", "time", "value"], reader.Schema.DataFields.Select(field => field.Name));
        var rows = 0L;
        for (var group = 0; group < reader.RowGroupCount; group++)
        {
            using var rowGroup = reader.OpenRowGroupReader(group);
            rows += rowGroup.RowCount;
        }

        Assert.Equal(count, rows);
    }

    [Theory]
    [InlineData("api/sessions/none/series", 404, "no session")]
    [InlineData("api/sessions/..%2f..%2fetc/series", 404, "no session")]
    [InlineData("api/sessions/%2e%2e/series", 404, "")]
    [InlineData("api/sessions/none/data", 400, "run=NAME")]
    [InlineData("api/sessions/none/data?run=a&tag=a&points=-1", 400, "points=-1")]
    [InlineData("api/sessions/none/data?run=a&tag=a&from=x", 400, "from=x")]
    [InlineData("api/sessions/none/stream", 404, "no session")]
    [InlineData("api/sessions/none/export.csv", 404, "no session")]
    public async Task Request_ForWhatIsNotThere_IsRefusedInWords(string address, int status, string words)
    {
        using var api = new LiveClient(ingest.Server.HttpPort);
        var (answered, error) = await api.RefusedAsync(address);
        Assert.True(status == answered, $"{address} answered {answered}: {error}");
        Assert.Contains(words, error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Stop_WhileSomebodyWatches_IsNotHeldUp()
    {
        using var logs = new TempLogDirectory();
        await using var server = await IngestProcess.StartAsync(logs.Path);
        using var api = new LiveClient(server.HttpPort);
        using var client = await NNTileClient.ConnectAsync(server.Port);
        await client.SendAsync(Scalar("watched", "1"));
        var id = LiveClient.Id(await api.SessionWithRunAsync("watched"));
        using var http = new HttpClient();
        await using var stream = await http.GetStreamAsync(new Uri($"http://127.0.0.1:{server.HttpPort}/api/sessions/{id}/stream"), TestContext.Current.CancellationToken);
        await server.StopAsync();
    }

    [Fact]
    public async Task Restart_SessionGoesOn_ApiGivesPointsOfBefore()
    {
        using var logs = new TempLogDirectory();
        await using (var first = await IngestProcess.StartAsync(logs.Path, "CLEAR_LOGS=0"))
        {
            await NNTileClient.SendWholeAsync(first.Port, Scalar("kept", "1, 2, 3"));
            await first.StopAsync();
        }

        await using var second = await IngestProcess.StartAsync(logs.Path, "CLEAR_LOGS=0");
        using var api = new LiveClient(second.HttpPort);
        var session = await api.SessionWithRunAsync("kept");
        Assert.Equal(3, session.GetProperty("points").GetInt64());
        var points = await api.GetAsync($"api/sessions/{LiveClient.Id(session)}/data?run=kept&tag=kept&points=10");
        Assert.Equal([1, 2, 3], points.EnumerateArray().Select(point => point.GetProperty("step").GetInt64()));
    }

    private static string Scalar(string name, string values) => $$"""{"scalars":[{"name":"{{name}}","values":[{{values}}]}]}""" + "\n";
}
