using System.Diagnostics;
using System.Net.Sockets;
using NNTileLogger.Ingest.FaultTests.Support;
using NNTileLogger.Ingest.Tests.Support;
using Xunit;

namespace NNTileLogger.Ingest.FaultTests.Disk;

/// <summary>A disk that is slow, and one that does not answer at all: a frozen file system does both.</summary>
public sealed class HangingDiskTests
{
    private const int Last = 400_000;

    [Fact]
    public async Task Disk_ThatIsSlow_MakesReadersWaitAndDropsNothing()
    {
        await using var disk = await MountedDisk.Ext4Async(megabytes: 128);
        await using var server = await IngestProcess.StartAsync(disk.Logs, "BUFFER_MB=1");
        using var client = await NNTileClient.ConnectAsync(server.Port);
        await FaultyDisk.SendAsync(client, "slow", 1, 100);
        await FaultyDisk.InFilesAsync(disk.Logs, "slow", 100);

        await disk.FreezeAsync();
        var sending = FaultyDisk.SendAsync(client, "slow", 101, Last);
        var clock = Stopwatch.StartNew();
        await Eventually.PassedSinceAsync(Stopwatch.GetTimestamp(), TimeSpan.FromSeconds(4));
        Assert.InRange(ProcessState.ResidentMegabytes(server.Id), 0, 200);
        Assert.True(client.Unread() > 0, "the client should wait for the disk");
        await disk.ThawAsync();
        Assert.True(clock.Elapsed < TimeSpan.FromSeconds(9), "the machine was too slow for this test: the disk hung too long");
        await sending;
        await client.EndAsync();

        var sums = await ShutdownSums.StopAsync(server);
        NumberedCurve.AssertWhole(Assert.Single(LogDirectoryReader.Read(disk.Logs, writerAtWork: false)), "slow", Last);
        sums.AssertAllWritten(Last);
        Assert.DoesNotContain("Cannot write", server.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Write_ThatHangsOverTenSeconds_CountsAsFailingAndLosesNothing()
    {
        await using var disk = await MountedDisk.Ext4Async(megabytes: 128);
        await using var server = await IngestProcess.StartAsync(disk.Logs);
        using var client = await NNTileClient.ConnectAsync(server.Port);
        using var other = await NNTileClient.ConnectAsync(server.Port);
        await FaultyDisk.SendAsync(client, "hanging", 1, 100);
        await FaultyDisk.SendAsync(other, "other", 1, 100);
        await FaultyDisk.InFilesAsync(disk.Logs, "hanging", 100);
        await FaultyDisk.InFilesAsync(disk.Logs, "other", 100);

        await disk.FreezeAsync();
        await FaultyDisk.SendAsync(client, "hanging", 101, Last);
        await FaultyDisk.SendAsync(other, "other", 101, Last);
        await client.ServerHasReadAsync();
        await other.ServerHasReadAsync();
        var said = await HealthWatch.IsRedAsync(server);
        await Eventually.IsTrueAsync(
            () => server.Output.Contains("has not returned for 10 s", StringComparison.Ordinal), Eventually.Patience, "the hanging write is told");
        HealthWatch.SaidFailing(server);
        Assert.NotEmpty(said);

        await disk.ThawAsync();
        await HealthWatch.IsGreenAsync(server);
        await client.EndAsync();
        await other.EndAsync();
        await HealthWatch.SaidOnceAsync(server);
        var sums = await ShutdownSums.StopAsync(server);
        var sessions = LogDirectoryReader.Read(disk.Logs, writerAtWork: false);
        NumberedCurve.AssertWhole(sessions.Single(session => session.Runs.ContainsKey("hanging")), "hanging", Last);
        NumberedCurve.AssertWhole(sessions.Single(session => session.Runs.ContainsKey("other")), "other", Last);
        sums.AssertAllWritten(2 * Last);
    }

    [Fact]
    public async Task Run_WhoseWriteDoesNotReturn_GivesUpItsOwnPointsAndStopsNoOther()
    {
        await using var disk = await MountedDisk.Ext4Async(megabytes: 128);
        using var logs = new TempLogDirectory();
        await using var server = await IngestProcess.StartAsync(logs.Path, "BUFFER_MB=1");
        using var client = await NNTileClient.ConnectAsync(server.Port);
        using var other = await NNTileClient.ConnectAsync(server.Port);
        await FaultyDisk.SendAsync(client, "hanging", 1, 100);
        await FaultyDisk.SendAsync(client, "beside", 1, 100);
        await FaultyDisk.SendAsync(other, "other", 1, 100);
        await FaultyDisk.InFilesAsync(logs.Path, "hanging", 100);
        var run = logs.SessionPaths().Select(session => Path.Combine(session, "hanging")).Single(Directory.Exists);
        await SystemTool.RunAsync("mount", "--bind", disk.Root, run);
        try
        {
            // The file below the mount takes what comes until its path is looked at.
            var last = await FaultyDisk.SendUntilAsync(
                client, "hanging", 101, () => LogDirectoryReader.EventFiles(run).Count > 0, () => $"the curve goes on in what was mounted.\n{server.Output}");
            await disk.FreezeAsync();
            var sending = Task.WhenAll(FaultyDisk.SendAsync(client, "hanging", last + 1, Last), FaultyDisk.SendAsync(other, "other", 101, Last));
            await sending.WaitAsync(Eventually.Patience, TestContext.Current.CancellationToken);
            await FaultyDisk.SendAsync(client, "beside", 101, 10_000);
            await FaultyDisk.InFilesAsync(logs.Path, "other", Last);
            await FaultyDisk.InFilesAsync(logs.Path, "beside", 10_000);
            var said = await HealthWatch.IsRedAsync(server);
            Assert.Contains("hanging", said, StringComparison.Ordinal);
            Assert.Contains("were dropped", said, StringComparison.Ordinal);

            // There is room again: what comes now is kept.
            await FaultyDisk.SendAsync(client, "hanging", Last + 1, Last + 100);
            await client.ServerHasReadAsync();
            await disk.ThawAsync();
            await HealthWatch.IsGreenAsync(server);
            await client.EndAsync();
            await other.EndAsync();
            var sums = await ShutdownSums.StopAsync(server);
            var sessions = LogDirectoryReader.Read(logs.Path, writerAtWork: false);
            NumberedCurve.AssertWhole(sessions.Single(session => session.Runs.ContainsKey("other")), "other", Last);
            var session = sessions.Single(session => session.Runs.ContainsKey("hanging"));
            NumberedCurve.AssertWhole(session, "beside", 10_000);
            // Those before the first lie below the mount.
            var steps = NumberedCurve.Steps(session, "hanging");
            Assert.InRange(steps[0], 101, last);
            Assert.Equal(Last + 100, steps[^1]);
            Assert.Equal((0, Last + 100 - (steps[0] - 1 + steps.Count)), (sums.Buffered, sums.Dropped));
            Assert.True(sums.Dropped > 0, $"nothing was given up: {sums}");
        }
        finally
        {
            await SystemTool.RunAsync("umount", "-l", run);
        }
    }

    [Fact]
    public async Task Stop_WhileADiskDoesNotAnswer_SaysWhatIsLostAndNothingElse()
    {
        await using var disk = await MountedDisk.Ext4Async(megabytes: 128);
        await using var server = await IngestProcess.StartAsync(disk.Logs, "BUFFER_MB=1");
        using var client = await NNTileClient.ConnectAsync(server.Port);
        using var other = await NNTileClient.ConnectAsync(server.Port);
        await FaultyDisk.SendAsync(client, "stopped", 1, 100);
        await FaultyDisk.InFilesAsync(disk.Logs, "stopped", 100);

        await disk.FreezeAsync();
        var sending = Task.WhenAll(FaultyDisk.SendAsync(client, "stopped", 101, Last), FaultyDisk.SendAsync(other, "other", 1, Last));
        await Eventually.IsTrueAsync(() => client.Unread() > 0 && other.Unread() > 0, Eventually.Patience, "both clients wait for the disk");
        var stopping = server.StopAsync();
        await Eventually.IsTrueAsync(
            () => server.Output.Contains("Stopped:", StringComparison.Ordinal), TimeSpan.FromSeconds(15), () => $"the sums are said.\n{server.Everything()}");
        await disk.ThawAsync();
        await stopping;
        // What the system had room for is sent; the rest meets a closed connection.
        await Task.WhenAny(sending);
        Assert.True(sending.IsCompletedSuccessfully || sending.Exception?.InnerException is SocketException, $"sending failed otherwise: {sending.Exception}");

        var sums = ShutdownSums.Of(server);
        Assert.True(sums.Buffered > 0, $"nothing was left to write: {sums}");
        Assert.Contains("does not return: what is still in memory is lost", server.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("disposed", server.Output + server.Errors, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", server.Output + server.Errors, StringComparison.Ordinal);
    }
}
