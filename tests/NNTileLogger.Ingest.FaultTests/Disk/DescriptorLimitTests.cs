using NNTileLogger.Ingest.FaultTests.Support;
using NNTileLogger.Ingest.Tests.Support;
using Xunit;

namespace NNTileLogger.Ingest.FaultTests.Disk;

/// <summary>Too few descriptors for all clients and event files: none may take what the others need.</summary>
public sealed class DescriptorLimitTests : IDisposable
{
    private readonly TempLogDirectory _logs = new();

    public void Dispose() => _logs.Dispose();

    [Theory]
    [InlineData(1_000_000, 2000, 4096)]
    [InlineData(6396, 2000, 4096)]
    [InlineData(4096, 1898, 1898)]
    [InlineData(1024, 362, 362)]
    [InlineData(100, 8, 8)]
    public void Limit_OfTheSystem_IsSharedAmongClientsAndFiles(int limit, int connections, int files)
    {
        var fitted = DescriptorShare.Fit(new IngestOptions(), limit);
        Assert.Equal((connections, files), (fitted.MaxConnections, fitted.MaxOpenFiles));
    }

    [Fact]
    public async Task Limit_ThatManyConnectionsWouldSpend_LeavesATrainingItsFilesAndHealthItsAnswer()
    {
        const int Messages = 20;
        Requirement.Linux();
        await using var server = await IngestProcess.StartUnderAsync(["prlimit", "--nofile=400:400"], _logs.Path);
        Assert.Contains("400 descriptors", server.Output, StringComparison.Ordinal);
        var silent = new List<NNTileClient>();
        for (var i = 0; i < 300; i++)
        {
            silent.Add(await NNTileClient.ConnectAsync(server.Port));
        }

        using (var client = await NNTileClient.ConnectAsync(server.Port))
        {
            for (var message = 1; message <= Messages; message++)
            {
                await client.SendAsync(Lines.Node(message));
            }

            Assert.Equal(200, (await server.HealthAsync()).Status);
            await client.EndAsync();
        }

        silent.ForEach(client => client.Dispose());
        var expected = ExpectedCurves.Of(string.Concat(Enumerable.Range(1, Messages).Select(message => Lines.Node(message))));
        (await ShutdownSums.StopAsync(server)).AssertAllWritten(expected.PointCount);
        expected.AssertIn(_logs.OnlySession());
        Assert.DoesNotContain("Cannot write", server.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Limit_LoweredWhileRunning_CostsOpenFilesButNoPoint()
    {
        const int Messages = 20;
        Requirement.Linux();
        await using var server = await IngestProcess.StartAsync(_logs.Path);
        using var client = await NNTileClient.ConnectAsync(server.Port);
        await client.SendAsync("{}\n");
        await client.ServerHasReadAsync();
        await HealthWatch.IsGreenAsync(server);
        var limit = ProcessState.Descriptors(server.Id).Count + 20;
        await SystemTool.RunAsync("prlimit", $"--pid={server.Id}", $"--nofile={limit}:{limit}");
        for (var message = 1; message <= Messages; message++)
        {
            await client.SendAsync(Lines.Node(message));
        }

        await client.EndAsync();
        await HealthWatch.IsGreenAsync(server);
        var expected = ExpectedCurves.Of(string.Concat(Enumerable.Range(1, Messages).Select(message => Lines.Node(message))));
        (await ShutdownSums.StopAsync(server)).AssertAllWritten(expected.PointCount);
        expected.AssertIn(_logs.OnlySession());
        Assert.Contains("No descriptor is left", server.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Limit_WithNoneLeft_KeepsPointsInMemoryAndClientsWaiting()
    {
        Requirement.Linux();
        await using var server = await IngestProcess.StartAsync(_logs.Path);
        using var client = await NNTileClient.ConnectAsync(server.Port);
        await FaultyDisk.SendAsync(client, "old", 1, 1000);
        await FaultyDisk.InFilesAsync(_logs.Path, "old", 1000);
        // One connection, kept: none can be made while there is no descriptor for it.
        using var health = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{server.HttpPort}/health") };
        Assert.Equal(200, State(health).Status);

        await SystemTool.RunAsync("prlimit", $"--pid={server.Id}", "--nofile=3:");
        await FaultyDisk.SendAsync(client, "late", 1, 5000);
        await FaultyDisk.SendAsync(client, "old", 1001, 21_000);
        await client.ServerHasReadAsync();
        using var waiting = await NNTileClient.ConnectAsync(server.Port);
        await FaultyDisk.SendAsync(waiting, "waiting", 1, 1000);
        await Eventually.IsTrueAsync(() => State(health) is (503, _), Eventually.Patience, "health turns red");
        Assert.Contains("Too many open files", State(health).Body, StringComparison.OrdinalIgnoreCase);

        await SystemTool.RunAsync("prlimit", $"--pid={server.Id}", "--nofile=10000:");
        await Eventually.IsTrueAsync(() => State(health) is (200, _), Eventually.Patience, "health turns green");
        await waiting.EndAsync();
        await client.EndAsync();
        var sums = await ShutdownSums.StopAsync(server);
        var sessions = LogDirectoryReader.Read(_logs.Path, writerAtWork: false);
        NumberedCurve.AssertWhole(sessions.Single(session => session.Runs.ContainsKey("old")), "old", 21_000);
        NumberedCurve.AssertWhole(sessions.Single(session => session.Runs.ContainsKey("late")), "late", 5000);
        NumberedCurve.AssertWhole(sessions.Single(session => session.Runs.ContainsKey("waiting")), "waiting", 1000);
        sums.AssertAllWritten(27_000);
        await HealthWatch.SaidOnceAsync(server);
        Assert.Contains("Cannot accept a client", server.Output, StringComparison.Ordinal);
    }

    private static (int Status, string Body) State(HttpClient health)
    {
        using var question = new HttpRequestMessage();
        using var answer = health.Send(question);
        using var body = new StreamReader(answer.Content.ReadAsStream());
        return ((int)answer.StatusCode, body.ReadToEnd());
    }
}
