using NNTileLogger.Ingest.FaultTests.Support;
using NNTileLogger.Ingest.Tests.Support;
using Xunit;

namespace NNTileLogger.Ingest.FaultTests.Disk;

/// <summary>Folders and files removed, cut or replaced while they are written: writes to what is gone would succeed unseen.</summary>
public sealed class RemovedFolderTests : IDisposable
{
    private static readonly TimeSpan _limit = Eventually.Patience;

    private readonly TempLogDirectory _logs = new();

    public void Dispose() => _logs.Dispose();

    [Theory]
    [InlineData("session")]
    [InlineData("run")]
    [InlineData("file")]
    [InlineData("logs")]
    public async Task Folder_RemovedWhileRunning_IsMadeAgainAndTheCurveGoesOn(string what)
    {
        await using var server = await IngestProcess.StartAsync(_logs.Path);
        using var client = await NNTileClient.ConnectAsync(server.Port);
        await FaultyDisk.SendAsync(client, "a", 1, 1000);
        await FaultyDisk.InFilesAsync(_logs.Path, "a", 1000);
        var session = Assert.Single(_logs.SessionPaths());
        var run = Path.Combine(session, "a");
        var path = what switch
        {
            "logs" => _logs.Path,
            "session" => session,
            "run" => run,
            _ => Assert.Single(LogDirectoryReader.EventFiles(run)),
        };
        await RemoveAsync(path);

        await FaultyDisk.SendAsync(client, "a", 1001, 2000);
        await Eventually.IsTrueAsync(
            () => Directory.Exists(run) && FaultyDisk.Last(_logs.Path, "a") == 2000, _limit, () => $"the curve goes on in its folder.\n{server.Output}");
        await HealthWatch.IsGreenAsync(server);
        await client.EndAsync();
        var sums = await ShutdownSums.StopAsync(server);

        NumberedCurve.AssertFrom(_logs.OnlySession(), "a", 1001, 2000);
        sums.AssertAllWritten(2000);
        Assert.Single(server.Output.Split('\n'), line => line.Contains("was removed, moved or cut", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Run_MovedWhileRunning_TakesPointsForAMomentAndLosesNone()
    {
        await using var server = await IngestProcess.StartAsync(_logs.Path);
        using var client = await NNTileClient.ConnectAsync(server.Port);
        await FaultyDisk.SendAsync(client, "a", 1, 1000);
        await FaultyDisk.InFilesAsync(_logs.Path, "a", 1000);
        var session = Assert.Single(_logs.SessionPaths());
        var moved = Path.Combine(_logs.Root, "moved");
        Directory.CreateDirectory(moved);
        await SystemTool.RunAsync("mv", Path.Combine(session, "a"), moved);

        var last = await FaultyDisk.SendUntilAsync(
            client, "a", 1001, () => Directory.Exists(Path.Combine(session, "a")), () => $"the curve goes on in its folder.\n{server.Output}");
        await FaultyDisk.SendAsync(client, "a", last + 1, last + 100);
        await client.EndAsync();
        (await ShutdownSums.StopAsync(server)).AssertAllWritten(last + 100);

        var there = NumberedCurve.Steps(LogDirectoryReader.ReadSession(moved, writerAtWork: false), "a");
        NumberedCurve.AssertFrom(_logs.OnlySession(), "a", there.Count + 1, last + 100);
        Assert.Equal(Enumerable.Range(1, there.Count), there);
    }

    [Fact]
    public async Task LogDirectory_RemovedWhileRunning_IsLockedAgain()
    {
        await using var server = await IngestProcess.StartAsync(_logs.Path);
        using var client = await NNTileClient.ConnectAsync(server.Port);
        await FaultyDisk.SendAsync(client, "a", 1, 100);
        await FaultyDisk.InFilesAsync(_logs.Path, "a", 100);
        await RemoveAsync(_logs.Path);
        await FaultyDisk.SendAsync(client, "a", 101, 200);
        await Eventually.IsTrueAsync(
            () => File.Exists(Path.Combine(_logs.Path, ".nntile-logger.lock")), _limit, "the new directory is locked");

        await using var second = IngestProcess.Start($"LOG_DIR={_logs.Path}", "SERVER_PORT=0", "HTTP_PORT=0");
        await second.ExitAsync(Eventually.Patience);
        Assert.Equal(1, second.ExitCode);
        await ShutdownSums.StopAsync(server);
    }

    [Fact]
    public async Task File_CutWhileItIsWritten_IsLeftWithoutAHole()
    {
        await using var server = await IngestProcess.StartAsync(_logs.Path);
        using var client = await NNTileClient.ConnectAsync(server.Port);
        await FaultyDisk.SendAsync(client, "a", 1, 1000);
        await FaultyDisk.InFilesAsync(_logs.Path, "a", 1000);
        var file = Assert.Single(LogDirectoryReader.EventFiles(Assert.Single(_logs.SessionPaths())));
        using (var cut = new FileStream(file, FileMode.Open, FileAccess.Write, FileShare.ReadWrite))
        {
            cut.SetLength(0);
        }

        await FaultyDisk.SendAsync(client, "a", 1001, 2000);
        await client.EndAsync();
        (await ShutdownSums.StopAsync(server)).AssertAllWritten(2000);
        Assert.Equal(0, new FileInfo(file).Length);
        NumberedCurve.AssertFrom(Assert.Single(_logs.Sessions(writerAtWork: true)), "a", 1001, 2000);
    }

    [Theory]
    [InlineData("file")]
    [InlineData("link")]
    [InlineData("immutable")]
    public async Task RunFolder_ThatCannotBeWritten_StopsNoOtherRun(string obstacle)
    {
        Requirement.Root();
        await using var server = await IngestProcess.StartAsync(_logs.Path);
        using var client = await NNTileClient.ConnectAsync(server.Port);
        await FaultyDisk.SendAsync(client, "fine", 1, 10);
        await FaultyDisk.InFilesAsync(_logs.Path, "fine", 10);
        var bad = Path.Combine(Assert.Single(_logs.SessionPaths()), "bad");
        var elsewhere = Path.Combine(_logs.Root, "elsewhere");
        Directory.CreateDirectory(elsewhere);
        switch (obstacle)
        {
            case "file":
                await File.WriteAllTextAsync(bad, "in the way", TestContext.Current.CancellationToken);
                break;
            case "link":
                File.CreateSymbolicLink(bad, elsewhere);
                break;
            default:
                Directory.CreateDirectory(bad);
                var (code, output) = await SystemTool.TryAsync("chattr", "+i", bad);
                if (code != 0)
                {
                    Requirement.Refused($"this file system knows no immutable folders: {output}");
                }

                break;
        }

        try
        {
            await FaultyDisk.SendAsync(client, "bad", 1, 1000);
            await FaultyDisk.SendAsync(client, "fine", 11, 1000);
            await FaultyDisk.InFilesAsync(_logs.Path, "fine", 1000);
            Assert.Contains("bad", await HealthWatch.IsRedAsync(server), StringComparison.Ordinal);
        }
        finally
        {
            if (obstacle == "immutable")
            {
                await SystemTool.RunAsync("chattr", "-i", bad);
            }
        }

        if (obstacle != "immutable")
        {
            File.Delete(bad);
        }

        await HealthWatch.IsGreenAsync(server);
        await client.EndAsync();
        await HealthWatch.SaidOnceAsync(server);
        (await ShutdownSums.StopAsync(server)).AssertAllWritten(2000);
        NumberedCurve.AssertWhole(_logs.OnlySession(), "bad", 1000);
        NumberedCurve.AssertWhole(_logs.OnlySession(), "fine", 1000);
        Assert.Empty(Directory.EnumerateFileSystemEntries(elsewhere));
    }

    // At once, for the server's eyes: it makes again what is missing, and a folder that is emptied file by file would
    // get new ones meanwhile.
    private async Task RemoveAsync(string path)
    {
        var gone = Path.Combine(_logs.Root, "gone");
        await SystemTool.RunAsync("mv", path, gone);
        await SystemTool.RunAsync("rm", "-r", gone);
    }
}
