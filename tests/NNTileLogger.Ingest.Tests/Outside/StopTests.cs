using System.Net.Sockets;
using NNTileLogger.Ingest.Tests.Support;
using Xunit;

namespace NNTileLogger.Ingest.Tests.Outside;

/// <summary>Stopping under load, and loads that need more files than may be open.</summary>
public sealed class StopTests : IDisposable
{
    private readonly TempLogDirectory _logs = new();

    public void Dispose() => _logs.Dispose();

    [Fact]
    public async Task Stop_WithNothingToDo_IsClean()
    {
        await using var server = await IngestProcess.StartAsync(_logs.Path);
        await server.StopAsync();
    }

    [Fact]
    public async Task Stop_ByInterrupt_IsCleanToo()
    {
        await using var server = await IngestProcess.StartAsync(_logs.Path);
        await server.StopAsync(IngestProcess.Interrupt);
    }

    [Fact]
    public async Task Stop_WithOpenConnections_ClosesThemAndKeepsWhatTheySent()
    {
        await using var server = await IngestProcess.StartAsync(_logs.Path);
        using var client = await NNTileClient.ConnectAsync(server.Port);
        using var idle = await NNTileClient.ConnectAsync(server.Port);
        await client.SendAsync(string.Concat(Enumerable.Range(1, 500).Select(k => Lines.Scalar("a", k))));
        await server.StopAsync();

        await client.ServerClosedAsync();
        await idle.ServerClosedAsync();
        // All had arrived when the signal came: it is taken in, also where the server had not read it yet.
        Assert.Equal(Enumerable.Range(1, 500).Select(value => (float)value), _logs.OnlySession().Values("a"));
    }

    [Fact]
    public async Task Stop_UnderLoad_LosesNothingOfWhatWasRead()
    {
        const int Clients = 4;
        await using var server = await IngestProcess.StartAsync(_logs.Path);
        using var stop = new CancellationTokenSource();
        var clients = await Task.WhenAll(Enumerable.Range(0, Clients).Select(_ => NNTileClient.ConnectAsync(server.Port)));
        var sent = new int[Clients];
        var load = Enumerable.Range(0, Clients).Select(k => Task.Run(async () =>
        {
            try
            {
                while (!stop.IsCancellationRequested)
                {
                    await clients[k].SendAsync(Lines.Node(sent[k] + 1));
                    sent[k]++;
                }
            }
            catch (SocketException)
            {
                // The server has stopped.
            }
        })).ToList();
        await Eventually.IsTrueAsync(() => sent.All(count => count > 50), TimeSpan.FromSeconds(30), "the load is under way");
        using var quiet = await NNTileClient.ConnectAsync(server.Port);
        await quiet.SendAsync(string.Concat(Enumerable.Range(1, 20).Select(k => Lines.Scalar("quiet", k))));
        await quiet.ServerHasReadAsync();
        await server.StopAsync();
        await stop.CancelAsync();
        await Task.WhenAll(load);

        var sessions = _logs.Sessions();
        Assert.Equal(Clients + 1, sessions.Count);
        Assert.Equal(Enumerable.Range(1, 20).Select(value => (float)value), _logs.SessionWithRun("quiet").Values("quiet"));
        foreach (var session in sessions.Where(session => !session.Runs.ContainsKey("quiet")))
        {
            // Whole messages, from the first one on, none left out; how many had been read only the server knows.
            var count = session.Values("Train loss").Count;
            Assert.True(count > 0);
            ExpectedCurves.Of(string.Concat(Enumerable.Range(1, count).Select(k => Lines.Node(k)))).AssertIn(session);
        }

        foreach (var client in clients)
        {
            client.Dispose();
        }
    }

    [Fact]
    public async Task Stop_AfterAllWasRead_HasAllOfIt()
    {
        const int Messages = 60;
        await using var server = await IngestProcess.StartAsync(_logs.Path);
        using var client = await NNTileClient.ConnectAsync(server.Port);
        var load = string.Concat(Enumerable.Range(1, Messages).Select(k => Lines.Node(k)));
        await client.SendAsync(load);
        await client.ServerHasReadAsync();
        await server.StopAsync();

        ExpectedCurves.Of(load).AssertIn(_logs.OnlySession());
    }

    [Fact]
    public async Task OpenFiles_FewerThanRuns_LoseNothingAndStayFew()
    {
        const int Messages = 30;
        const int Limit = 64;
        await using var server = await IngestProcess.StartAsync(_logs.Path, $"MAX_OPEN_FILES={Limit}");
        using var done = new CancellationTokenSource();
        var most = OpenEventFiles.WatchAsync(server.Id, done.Token);

        var clients = await Task.WhenAll(Enumerable.Range(0, 3).Select(async k =>
        {
            var client = await NNTileClient.ConnectAsync(server.Port);
            for (var message = 1; message <= Messages; message++)
            {
                await client.SendAsync(Lines.Node(message, $"host{k} "));
            }

            await client.ServerHasReadAsync();
            return client;
        }));
        // What was written last stays open as long as its session is.
        await Eventually.IsTrueAsync(() => OpenEventFiles.Count(server.Id) > 0, Eventually.Patience, "some files are open");
        foreach (var client in clients)
        {
            await client.EndAsync();
            client.Dispose();
        }

        await done.CancelAsync();
        Assert.InRange(await most, 0, Limit);
        await server.StopAsync();

        var sessions = _logs.Sessions();
        Assert.Equal(3, sessions.Count);
        var curves = Enumerable.Range(0, 3)
            .Select(k => ExpectedCurves.Of(string.Concat(Enumerable.Range(1, Messages).Select(message => Lines.Node(message, $"host{k} "))))).ToList();
        Assert.All(sessions, session => Assert.Equal(123, session.Runs.Count));
        Assert.All(sessions, session => curves.Single(expected => session.Runs.Keys.First()[..5] == expected.FirstRun[..5]).AssertIn(session));
    }
}
