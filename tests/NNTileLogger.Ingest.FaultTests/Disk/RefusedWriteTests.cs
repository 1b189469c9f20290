using NNTileLogger.Ingest.FaultTests.Support;
using NNTileLogger.Ingest.Tests.Support;
using Xunit;

namespace NNTileLogger.Ingest.FaultTests.Disk;

/// <summary>A disk that refuses writes: full, read-only, forbidden, out of descriptors. Nothing is lost while the buffer lasts.</summary>
public sealed class RefusedWriteTests
{
    private static readonly string[] _asNobody = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"];

    [Fact]
    public async Task Disk_ThatIsFull_KeepsPointsUntilThereIsRoom()
    {
        await using var disk = await MountedDisk.InMemoryAsync(kilobytes: 4096);
        await using var server = await IngestProcess.StartAsync(disk.Logs);
        var filler = "";
        await FaultyDisk.LosesNothingAsync(
            server,
            disk.Logs,
            "space",
            () =>
            {
                filler = disk.Fill();
                return Task.CompletedTask;
            },
            () =>
            {
                File.Delete(filler);
                return Task.CompletedTask;
            });
    }

    [Fact]
    public async Task SessionFile_ThatCannotBeWritten_TurnsHealthRedOnceAndIsWrittenWhenItCanBe()
    {
        using var logs = new TempLogDirectory();
        await using var server = await IngestProcess.StartAsync(logs.Path);
        using var client = await NNTileClient.ConnectAsync(server.Port);
        await FaultyDisk.SendAsync(client, "a", 1, 100);
        await FaultyDisk.InFilesAsync(logs.Path, "a", 100);
        var file = Path.Combine(Assert.Single(logs.SessionPaths()), "session.json");
        File.Delete(file);
        Directory.CreateDirectory(file);

        // How it ended is to be written; its points are in their files all the same.
        await client.EndAsync();
        Assert.Contains("session.json", await HealthWatch.IsRedAsync(server), StringComparison.Ordinal);
        HealthWatch.SaidFailing(server);

        Directory.Delete(file);
        await HealthWatch.IsGreenAsync(server);
        await HealthWatch.SaidOnceAsync(server);
        Assert.Contains("\"ended\"", await File.ReadAllTextAsync(file, TestContext.Current.CancellationToken), StringComparison.OrdinalIgnoreCase);
        (await ShutdownSums.StopAsync(server)).AssertAllWritten(100);
    }

    [Fact]
    public async Task Disk_ThatStaysFull_DropsTheOldestBeyondTheBufferAndCountsThem()
    {
        const int Last = 600_000;
        await using var disk = await MountedDisk.InMemoryAsync(kilobytes: 65536);
        await using var server = await IngestProcess.StartAsync(disk.Logs, "BUFFER_MB=1");
        using var client = await NNTileClient.ConnectAsync(server.Port);
        await FaultyDisk.SendAsync(client, "old", 1, 1000);
        await FaultyDisk.InFilesAsync(disk.Logs, "old", 1000);
        var filler = disk.Fill();
        await FaultyDisk.SendAsync(client, "old", 1001, Last);
        await client.ServerHasReadAsync();
        await HealthWatch.IsRedAsync(server);
        HealthWatch.SaidFailing(server);

        File.Delete(filler);
        await HealthWatch.IsGreenAsync(server);
        await client.EndAsync();
        var sums = await ShutdownSums.StopAsync(server);
        await HealthWatch.SaidOnceAsync(server);

        var steps = NumberedCurve.Steps(Assert.Single(LogDirectoryReader.Read(disk.Logs, writerAtWork: true)), "old");
        Assert.Equal(Last, sums.Made);
        Assert.Equal(steps.Count, sums.Written);
        Assert.Equal(Last - steps.Count, sums.Dropped);
        // 1 MiB of values of some 5 bytes; what was written before the disk was full stays.
        Assert.InRange(sums.Dropped, Last / 2, Last - 10_000);
        Assert.Equal(Enumerable.Range(1, 1000), steps.Take(1000));
        AssertOneGap(steps, Last);
    }

    [Fact]
    public async Task Permission_ThatIsLost_KeepsPointsUntilItIsThereAgain()
    {
        Requirement.Root();
        await using var disk = await MountedDisk.InMemoryAsync(kilobytes: 32768);
        await SystemTool.RunAsync("chown", "65534:65534", disk.Logs);
        await disk.AllowOthersAsync();
        // The clone may stand where only its owner can read.
        var program = Path.Combine(disk.Root, "service");
        await SystemTool.RunAsync("cp", "-r", Path.GetDirectoryName(IngestProcess.ProgramPath())!, program);
        await using var server = await IngestProcess.StartProgramAsync(
            Path.Combine(program, Path.GetFileName(IngestProcess.ProgramPath())), _asNobody, disk.Logs);
        await FaultyDisk.LosesNothingAsync(
            server,
            disk.Logs,
            "denied",
            () => SystemTool.RunAsync("chmod", "000", disk.Logs),
            () => SystemTool.RunAsync("chmod", "755", disk.Logs));
        Assert.DoesNotContain("was removed or moved", server.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Disk_ThatBecomesReadOnly_KeepsPointsUntilItIsMountedAgain()
    {
        await using var disk = await MountedDisk.Ext4Async(megabytes: 32);
        await using var server = await IngestProcess.StartAsync(disk.Logs);
        await FaultyDisk.LosesNothingAsync(
            server,
            disk.Logs,
            "read-only",
            async () =>
            {
                await SystemTool.RunAsync("sync", "-f", disk.Root);
                await disk.FailReadOnlyAsync();
            },
            disk.MountAgainAsync);
    }

    [Fact]
    public async Task Disk_ThatAnswersEio_KeepsPointsUntilItIsMountedAgain()
    {
        await using var disk = await MountedDisk.Ext4Async(megabytes: 32);
        await using var server = await IngestProcess.StartAsync(disk.Logs);
        await FaultyDisk.LosesNothingAsync(
            server,
            disk.Logs,
            "input/output error",
            async () =>
            {
                await SystemTool.RunAsync("sync", "-f", disk.Root);
                disk.CutPower();
            },
            disk.MountAgainAsync);
    }

    // Of ten points a line one step after the other is given up, so what is missing lies in one piece.
    private static void AssertOneGap(IReadOnlyList<int> steps, int last)
    {
        var gaps = steps.Zip(steps.Skip(1)).Where(pair => pair.Second != pair.First + 1).ToList();
        Assert.True(gaps.Count == 1, $"one gap was wanted, there are {gaps.Count}: {string.Join(", ", gaps.Take(10))}");
        Assert.Equal(last, steps[^1]);
    }
}
