using System.Diagnostics;
using NNTileLogger.Ingest.FaultTests.Disk;
using NNTileLogger.Ingest.FaultTests.Support;
using NNTileLogger.Ingest.Tests.Support;
using Xunit;

namespace NNTileLogger.Ingest.FaultTests.Kill;

/// <summary>
/// The machine loses power: of an ext4 file system just that is left which was put on its disk, the journal replayed.
/// It commits of itself only after minutes, so what is found there is there because the server had it synced.
/// </summary>
public sealed class PowerCutTests(ITestOutputHelper output)
{
    private const double PointsASecond = 50_000;
    private const string CommitsLate = ",commit=300";
    private static readonly TimeSpan _promise = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan _limit = Eventually.Patience;

    [Fact]
    public async Task PowerCut_AsSimulated_TakesWhatWasNotSyncedAndNothingElse()
    {
        await using var disk = await MountedDisk.Ext4Async(megabytes: 32, options: CommitsLate);
        var (synced, grown, unsynced) = (Path.Combine(disk.Logs, "synced"), Path.Combine(disk.Logs, "grown"), Path.Combine(disk.Logs, "unsynced"));
        await File.WriteAllTextAsync(synced, "synced", TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(grown, "synced", TestContext.Current.CancellationToken);
        await SystemTool.RunAsync("sync", "-f", disk.Root);
        await File.AppendAllTextAsync(grown, " and not synced", TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(unsynced, "not synced", TestContext.Current.CancellationToken);

        disk.CutPower();
        await disk.MountAgainAsync();

        Assert.Equal("synced", await File.ReadAllTextAsync(synced, TestContext.Current.CancellationToken));
        Assert.Equal("synced", await File.ReadAllTextAsync(grown, TestContext.Current.CancellationToken));
        Assert.False(File.Exists(unsynced), "a file that was never synced is there after the power was cut");
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task PowerCut_AtARandomMoment_TakesFiveSecondsAtMostAndNothingSynced(int seed)
    {
        var random = new Random(seed);
        await using var disk = await MountedDisk.Ext4Async(megabytes: 256, options: CommitsLate);
        // Some begin later, so that files are new when the power goes.
        var trainings = Enumerable.Range(0, 3).Select(k => new PacedTraining($"power {k}", curves: 2, PointsASecond)).ToList();
        // The seconds that were lost belong to the silence as the server knows it, but not as the client does: too far apart.
        var log = new KilledLog(disk.Logs, powerIsCut: true);
        long cut;
        List<int> synced;
        await using (var server = await IngestProcess.StartAsync(disk.Logs, "CLEAR_LOGS=0"))
        {
            var feeds = new List<Task>();
            foreach (var training in trainings)
            {
                feeds.Add(training.FeedAsync(server.Port, CancellationToken.None));
                await Task.Delay(random.NextDouble() * TimeSpan.FromSeconds(3.5), TestContext.Current.CancellationToken);
            }

            // What a sync of ours put there, half way.
            synced = [.. trainings.Select(training => FaultyDisk.Last(disk.Logs, training.Curves[0]))];
            await SystemTool.RunAsync("sync", "-f", disk.Root);
            await Task.Delay(random.NextDouble() * TimeSpan.FromSeconds(6), TestContext.Current.CancellationToken);

            cut = Stopwatch.GetTimestamp();
            disk.CutPower();
            await server.KillAsync();
            await Task.WhenAll(feeds);
        }

        await disk.MountAgainAsync();
        var read = cut - (long)(_promise.TotalSeconds * Stopwatch.Frequency);
        for (var k = 0; k < trainings.Count; k++)
        {
            var last = FaultyDisk.Last(disk.Logs, trainings[k].Curves[0], powerWasCut: true);
            output.WriteLine($"seed {seed}: sent {trainings[k].Last}, read 5 s before {trainings[k].ReadBy(read)}, synced {synced[k]}, there {last}");
            Assert.True(last >= synced[k], $"{trainings[k].Name}: {synced[k]} was synced, but the files end with {last}");
        }

        log.AssertLife(trainings, read, mayBeTorn: true);
        await AssertGoesOnAsync(disk, log, trainings);
    }

    // A start on what is left: new files, no step used twice, and all of it written.
    private static async Task AssertGoesOnAsync(MountedDisk disk, KilledLog log, List<PacedTraining> trainings)
    {
        await using var server = await IngestProcess.StartAsync(disk.Logs, "CLEAR_LOGS=0");
        using var end = new CancellationTokenSource();
        var feeds = trainings.Select(training => training.FeedAsync(server.Port, end.Token)).ToList();
        await Eventually.IsTrueAsync(() => trainings.TrueForAll(training => training.Last > training.First + 1000), _limit, "all trainings send");
        await end.CancelAsync();
        await Task.WhenAll(feeds);
        var sums = await ShutdownSums.StopAsync(server);
        log.AssertLife(trainings, Stopwatch.GetTimestamp(), mayBeTorn: false);
        sums.AssertAllWritten(log.NewPoints);
    }
}
