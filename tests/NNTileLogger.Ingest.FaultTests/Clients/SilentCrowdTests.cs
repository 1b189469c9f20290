using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Globalization;
using System.Net;
using NNTileLogger.Ingest.FaultTests.Support;
using NNTileLogger.Ingest.Tests.Support;
using Xunit;

namespace NNTileLogger.Ingest.FaultTests.Clients;

/// <summary>Connections that say nothing: they cost little, and give way to a training.</summary>
public sealed class SilentCrowdTests : IDisposable
{
    private const int MaxConnections = 2000;

    // Measured: 140 MB in all, with 90 MB for a server that nobody talks to.
    private const double MegabytesASilentOne = 0.03;
    private const double MegabytesAlone = 170;

    private readonly TempLogDirectory _logs = new();

    public void Dispose() => _logs.Dispose();

    [Fact]
    public async Task TenThousandSilentConnections_GiveWayToATraining()
    {
        Requirement.Linux();
        await using var server = await IngestProcess.StartAsync(_logs.Path);
        using var bystander = await Bystander.StartAsync(server, _logs.Path);
        using var crowd = new Crowd();
        var clock = Stopwatch.StartNew();
        await crowd.ConnectAsync(server.Port, 10_000);
        var took = clock.Elapsed;

        // The bystander and the silent ones that came last.
        await Eventually.IsTrueAsync(
            () => crowd.OpenCount == MaxConnections - 1, Eventually.Patience, () => $"{MaxConnections - 1} silent connections are left; there are {crowd.OpenCount}");
        Assert.All(crowd.Sockets.TakeLast(1000), socket => Assert.True(Crowd.IsOpen(socket), "one of the last to come was closed"));
        var megabytes = ProcessState.PeakMegabytes(server.Id);
        Bystander.Say(string.Create(CultureInfo.InvariantCulture, $"10,000 connected in {took.TotalSeconds:F1} s; {megabytes:F0} MB at most"));
        Assert.InRange(megabytes, 0, MegabytesAlone + (MaxConnections * MegabytesASilentOne));

        using var late = await NNTileClient.ConnectAsync(server.Port);
        await late.SendAsync(NumberedCurve.Line("late", 1, 10));
        await late.EndAsync();
        NumberedCurve.AssertWhole(_logs.SessionWithRun("late"), "late", 10);
        Assert.Equal(MaxConnections - 2, crowd.OpenCount);

        await bystander.EndAsync();
        await crowd.ResetAsync(server, socketsLeft: 8);
        var sums = await ShutdownSums.StopAsync(server);
        sums.AssertAllWritten(bystander.Sent + 10);
        Assert.Equal(sums.Lines, sums.Accepted);
    }

    [Fact]
    public async Task SilentConnections_MoreThanThereAreDescriptors_KeepNeitherTrainingsNorFilesOut()
    {
        const int Limit = 512;
        const int Runs = 200;
        Requirement.Linux();
        await using var server = await IngestProcess.StartUnderAsync(["prlimit", $"--nofile=100:{Limit}"], _logs.Path);
        using var bystander = await Bystander.StartAsync(server, _logs.Path);
        using var crowd = new Crowd();
        await crowd.ConnectAsync(server.Port, 2 * Limit);
        Assert.Contains("at most 106 clients at once and 106 open event files", server.Output, StringComparison.Ordinal);

        // More runs than there are descriptors left: their files are closed and opened in turn.
        using var late = await NNTileClient.ConnectAsync(server.Port);
        for (var message = 1; message <= 3; message++)
        {
            await late.SendAsync(string.Concat(Enumerable.Range(0, Runs).Select(run => NumberedCurve.Line($"late {run}", message))));
        }

        await late.EndAsync();
        await bystander.EndAsync();
        var session = _logs.SessionWithRun("late 0");
        Assert.All(Enumerable.Range(0, Runs), run => NumberedCurve.AssertWhole(session, $"late {run}", 3));
        Assert.InRange(crowd.OpenCount, 80, 106);
        await crowd.ResetAsync(server, socketsLeft: 8);
        (await ShutdownSums.StopAsync(server)).AssertAllWritten(bystander.Sent + (3 * Runs));
        Assert.DoesNotContain("Cannot accept a client", server.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task FullHouse_NewClient_TheLongestSilentStrangerGivesWay()
    {
        await using var server = await IngestProcess.StartAsync(_logs.Path, "MAX_CONNECTIONS=4");
        using var training = await NNTileClient.ConnectAsync(server.Port);
        await training.SendAsync(NumberedCurve.Line("training", 1));
        await training.ServerHasReadAsync();
        using var garbler = await NNTileClient.ConnectAsync(server.Port);
        using var silent = await NNTileClient.ConnectAsync(server.Port);
        using var beginner = await NNTileClient.ConnectAsync(server.Port);
        await beginner.SendAsync(NumberedCurve.Line("beginner", 1)[..^1]);
        await beginner.ServerHasReadAsync();
        await garbler.SendAsync("this is no message\n");
        await garbler.ServerHasReadAsync();

        // Silent since it came; then the one that only began its first line; then the one that was heard last.
        using var first = await TrainAsync(server, "first");
        await silent.ServerClosedAsync();
        Assert.True(garbler.IsOpen && beginner.IsOpen && training.IsOpen, "a connection that was heard later gave way");
        using var second = await TrainAsync(server, "second");
        await beginner.ServerClosedAsync();
        Assert.True(garbler.IsOpen && training.IsOpen, "a connection that was heard later gave way");
        using var third = await TrainAsync(server, "third");
        await garbler.ServerClosedAsync();

        // All are trainings now: the next one is refused, and all that are there go on.
        using var refused = await NNTileClient.ConnectAsync(server.Port);
        await refused.ServerClosedAsync();
        await Eventually.IsTrueAsync(
            () => server.Output.Contains("MAX_CONNECTIONS", StringComparison.Ordinal), Eventually.Patience, () => $"the refusal is logged.\n{server.Output}");
        Assert.Contains("Refused a client from 127.0.0.1", server.Output, StringComparison.Ordinal);
        foreach (var (client, name) in new[] { (training, "training"), (first, "first"), (second, "second"), (third, "third") })
        {
            await client.SendAsync(NumberedCurve.Line(name, 2));
            await client.EndAsync();
            NumberedCurve.AssertWhole(_logs.SessionWithRun(name), name, 2);
        }

        // The line that was begun by the one that gave way had not ended.
        var sums = await ShutdownSums.StopAsync(server);
        sums.AssertAllWritten(8 + (_logs.SessionsWithRun("beginner").Count > 0 ? 1 : 0));
        Assert.Equal(1, sums.NotJson);
    }

    [Fact]
    public async Task Clients_RefusedAndGivingWay_AreCounted()
    {
        var counts = new ConcurrentDictionary<string, long>();
        using var listener = new MeterListener
        {
            InstrumentPublished = (instrument, listener) =>
            {
                if (instrument.Name.StartsWith("nntile_logger.connections.", StringComparison.Ordinal))
                {
                    listener.EnableMeasurementEvents(instrument);
                }
            },
        };
        listener.SetMeasurementEventCallback<long>((instrument, count, _, _) => counts.AddOrUpdate(instrument.Name, count, (_, sum) => sum + count));
        listener.Start();
        await using var server = await InProcessIngest.StartAsync(
            new IngestOptions { LogDirectory = _logs.Path, MaxConnections = 1, AllowedClients = [IPNetwork.Parse("127.0.0.1/32")] });
        for (var stranger = 0; stranger < 3; stranger++)
        {
            using var other = await NNTileClient.ConnectAsync(server.Port, from: IPAddress.Parse("127.0.0.2"));
            await other.ServerClosedAsync();
        }

        using var silent = await NNTileClient.ConnectAsync(server.Port);
        using var training = await NNTileClient.ConnectAsync(server.Port);
        await silent.ServerClosedAsync();
        await training.SendAsync(NumberedCurve.Line("training", 1));
        await TakenInAsync("training");
        for (var late = 0; late < 2; late++)
        {
            using var other = await NNTileClient.ConnectAsync(server.Port);
            await other.ServerClosedAsync();
        }

        await training.EndAsync();
        Assert.Equal(5, counts["nntile_logger.connections.refused"]);
        Assert.Equal(1, counts["nntile_logger.connections.gave_way"]);
    }

    // The server has not only read the line: it knows its connection for a training.
    private async Task TakenInAsync(string name) =>
        await Eventually.IsTrueAsync(() => _logs.SessionsWithRun(name).Count > 0, TimeSpan.FromSeconds(30), $"{name} has a session");

    private async Task<NNTileClient> TrainAsync(IngestProcess server, string name)
    {
        var client = await NNTileClient.ConnectAsync(server.Port);
        await client.SendAsync(NumberedCurve.Line(name, 1));
        await TakenInAsync(name);
        return client;
    }
}
