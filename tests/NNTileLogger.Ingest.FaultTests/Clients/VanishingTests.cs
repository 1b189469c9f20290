using System.Text;
using NNTileLogger.Ingest.FaultTests.Support;
using NNTileLogger.Ingest.Tests.Support;
using Xunit;

namespace NNTileLogger.Ingest.FaultTests.Clients;

/// <summary>Clients that are gone from one moment to the next, many at a time: nothing of them stays behind but what they sent.</summary>
public sealed class VanishingTests : IDisposable
{
    private const int Clients = 300;
    private const double MostMegabytes = 300;

    private readonly TempLogDirectory _logs = new();

    public void Dispose() => _logs.Dispose();

    [Fact]
    public async Task Clients_EndingInsideALine_LoseThatLineAlone()
    {
        await using var server = await IngestProcess.StartAsync(_logs.Path);
        using var bystander = await Bystander.StartAsync(server, _logs.Path);
        var before = Crowd.SocketsOf(server);
        using var crowd = await SendingAsync(server, i =>
        {
            var cut = NumberedCurve.Line($"cut {i}", 2);
            // Everything from one byte to all but the closing brace.
            return NumberedCurve.Line($"cut {i}", 1) + cut[..(1 + (i % (cut.Length - 2)))];
        });
        await crowd.EndAsync();
        await Eventually.IsTrueAsync(() => Crowd.SocketsOf(server) <= before, Eventually.Patience, "the sockets are closed");
        await AssertEndAsync(server, bystander, cut: Clients);
        foreach (var i in (int[])[0, 1, Clients / 2, Clients - 1])
        {
            NumberedCurve.AssertWhole(_logs.SessionWithRun($"cut {i}"), $"cut {i}", 1);
        }
    }

    [Fact]
    public async Task Clients_ThatAreReset_KeepWhatTheServerHadRead()
    {
        await using var server = await IngestProcess.StartAsync(_logs.Path);
        using var bystander = await Bystander.StartAsync(server, _logs.Path);
        var before = Crowd.SocketsOf(server);
        using var crowd = await SendingAsync(server, i => NumberedCurve.Line($"reset {i}", 1) + (i % 2 == 0 ? "{\"scalars\":[{" : ""));
        await crowd.ServerHasReadAsync();
        await crowd.ResetAsync(server, before);
        await AssertEndAsync(server, bystander, cut: Clients / 2);
        NumberedCurve.AssertWhole(_logs.SessionWithRun("reset 0"), "reset 0", 1);
        NumberedCurve.AssertWhole(_logs.SessionWithRun($"reset {Clients - 1}"), $"reset {Clients - 1}", 1);
    }

    [Fact]
    public async Task Connections_OpenedAndResetWithoutAPause_KeepNobodyOut()
    {
        await using var server = await IngestProcess.StartAsync(_logs.Path);
        using var bystander = await Bystander.StartAsync(server, _logs.Path);
        var before = Crowd.SocketsOf(server);
        for (var round = 0; round < 20; round++)
        {
            using var crowd = new Crowd();
            await crowd.ConnectAsync(server.Port, 100);
        }

        await Eventually.IsTrueAsync(() => Crowd.SocketsOf(server) <= before, Eventually.Patience, "the sockets are closed");
        await bystander.EndAsync();
        var sums = await ShutdownSums.StopAsync(server);
        sums.AssertAllWritten(bystander.Sent);
        Assert.Equal(bystander.Sent, sums.Lines);
    }

    // Each has sent its text.
    private static async Task<Crowd> SendingAsync(IngestProcess server, Func<int, string> textOf)
    {
        var crowd = new Crowd();
        await crowd.ConnectAsync(server.Port, Clients);
        for (var i = 0; i < Clients; i++)
        {
            await crowd.Sockets[i].SendAsync(Encoding.UTF8.GetBytes(textOf(i)));
        }

        return crowd;
    }

    // The neighbour lost nothing, memory stayed bounded, and of each client one line was taken in.
    private static async Task AssertEndAsync(IngestProcess server, Bystander bystander, int cut)
    {
        await bystander.EndAsync();
        Assert.InRange(ProcessState.PeakMegabytes(server.Id), 0, MostMegabytes);

        var sums = await ShutdownSums.StopAsync(server);
        Assert.Equal(cut, sums.Cut);
        Assert.Equal(Clients + bystander.Sent, sums.Accepted);
        sums.AssertAllWritten(Clients + bystander.Sent);
    }
}
