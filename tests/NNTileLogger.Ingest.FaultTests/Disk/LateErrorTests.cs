using NNTileLogger.Ingest.FaultTests.Support;
using NNTileLogger.Ingest.Tests.Support;
using Xunit;

namespace NNTileLogger.Ingest.FaultTests.Disk;

/// <summary>
/// A disk that takes writes and fails only when they are to be put on it: told by the sync, and by nothing else. What it
/// refused is lost; what comes when it works again must not stand behind that hole.
/// </summary>
public sealed class LateErrorTests
{
    private static readonly TimeSpan _limit = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task Sync_ThatFails_IsToldAndTheCurveGoesOnInANewFile()
    {
        // The image says 64 MiB, the disk below it holds 4.
        await using var disk = await MountedDisk.Ext4Async(megabytes: 64, realMegabytes: 4);
        await using var server = await IngestProcess.StartAsync(disk.Logs);
        using var client = await NNTileClient.ConnectAsync(server.Port);
        var sent = 0;
        await Eventually.IsTrueAsync(
            () =>
            {
                // A little at a time, until the sync complains.
                client.SendAsync(NumberedCurve.Line("late", sent + 1, 1000)).GetAwaiter().GetResult();
                sent += 1000;
                return server.Output.Contains("Cannot write", StringComparison.Ordinal);
            },
            _limit,
            () => $"a failed sync is told.\n{server.Output}");
        Assert.Contains("sync", await HealthWatch.IsRedAsync(server), StringComparison.Ordinal);
        HealthWatch.SaidFailing(server);

        await disk.ResizeBelowAsync(megabytes: 80);
        await HealthWatch.IsGreenAsync(server);
        await HealthWatch.SaidOnceAsync(server);
        var before = Files(disk).Count;
        await client.SendAsync(NumberedCurve.Line("late", sent + 1, 1000));
        sent += 1000;
        await client.EndAsync();
        (await ShutdownSums.StopAsync(server)).AssertAllWritten(sent);
        var files = Files(disk);
        Assert.Equal(before + 1, files.Count);
        Assert.Equal(Enumerable.Range(sent - 999, 1000), Steps(files[^1]));
        var earlier = files.SkipLast(1).SelectMany(StepsWhereWhole).ToList();
        Assert.Equal(earlier.Distinct().Order(), earlier);
        Assert.DoesNotContain(earlier, step => step > sent - 1000);
    }

    // What the disk refused is lost: the system may still show it, or has let go of it. Behind that hole nobody reads.
    private static List<int> StepsWhereWhole(string file)
    {
        try
        {
            return Steps(file);
        }
        catch (InvalidDataException)
        {
            return [];
        }
    }

    private static List<int> Steps(string file)
    {
        var events = LogDirectoryReader.ReadEvents(file, writerAtWork: false).ToList();
        Assert.All(events, read => Assert.Equal(read.Step, Assert.Single(read.Values).SimpleValue));
        return [.. events.Select(read => (int)read.Step)];
    }

    private static IReadOnlyList<string> Files(MountedDisk disk) => LogDirectoryReader.EventFiles(Assert.Single(LogDirectoryReader.SessionPaths(disk.Logs)));
}
