using NNTileLogger.Ingest.FaultTests.Support;
using NNTileLogger.Ingest.Tests.Support;
using Xunit;

namespace NNTileLogger.Ingest.FaultTests.Clients;

/// <summary>
/// Trainings with many runs that end at the same moment. A soak found that the writer, which lets others go first in
/// the middle of a large session, closed such a session before it had come back to the rest of its runs.
/// </summary>
public sealed class LeavingTests : IDisposable
{
    private const int Clients = 5;
    private const int Runs = 600;
    private const int Messages = 3;

    private readonly TempLogDirectory _logs = new();

    public void Dispose() => _logs.Dispose();

    [Fact]
    public async Task LargeSessions_EndingAtOnce_AreWholeWhenClosedAndLeaveNoFileOpen()
    {
        Requirement.Linux();
        await using var server = await IngestProcess.StartAsync(_logs.Path, "MAX_OPEN_FILES=20000");
        await Task.WhenAll(Enumerable.Range(0, Clients).Select(number => Task.Run(() => TrainAsync(server, number), TestContext.Current.CancellationToken)));
        Assert.Equal(0, EventFiles(server));
        var sums = await ShutdownSums.StopAsync(server);
        sums.AssertAllWritten(Clients * Runs * Messages);
    }

    [Fact]
    public async Task Session_EndingWhileTheDiskIsFull_LeavesNoFileOpenOnceItIsWritten()
    {
        await using var disk = await MountedDisk.InMemoryAsync(kilobytes: 4096);
        await using var server = await IngestProcess.StartAsync(disk.Logs);
        using var client = await NNTileClient.ConnectAsync(server.Port);
        await client.SendAsync(NumberedCurve.Line("a", 1, 10));
        await Eventually.IsTrueAsync(() => EventFiles(server) == 1, Eventually.Patience, "the file is open");
        var filler = disk.Fill();
        await client.SendAsync(NumberedCurve.Line("a", 11, 10_000));
        await client.EndAsync();
        await HealthWatch.IsRedAsync(server);

        File.Delete(filler);
        await HealthWatch.IsGreenAsync(server);
        await Eventually.IsTrueAsync(() => EventFiles(server) == 0, Eventually.Patience, () => $"no file is open; there are {EventFiles(server)}");
        NumberedCurve.AssertWhole(Assert.Single(LogDirectoryReader.Read(disk.Logs, writerAtWork: false)), "a", 10_010);
        (await ShutdownSums.StopAsync(server)).AssertAllWritten(10_010);
    }

    private static int EventFiles(IngestProcess server) =>
        ProcessState.Descriptors(server.Id).Count(descriptor => descriptor.Contains("tfevents", StringComparison.Ordinal));

    private async Task TrainAsync(IngestProcess server, int number)
    {
        using var client = await NNTileClient.ConnectAsync(server.Port);
        for (var message = 1; message <= Messages; message++)
        {
            var scalars = Enumerable.Range(0, Runs).Select(run => $$"""{"name":"{{number}} {{run}}","values":[{{message}}]}""");
            await client.SendAsync($$"""{"scalars":[{{string.Join(',', scalars)}}]}""" + "\n");
            await client.ServerHasReadAsync();
        }

        await client.EndAsync();

        // The server has closed the connection: all must be in the files now, not some time later.
        var session = _logs.SessionWithRun($"{number} 0");
        Assert.Equal(Runs * Messages, session.PointCount);
    }
}
