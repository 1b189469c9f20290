using NNTileLogger.Ingest.History;
using NNTileLogger.Ingest.Tests.Support;
using Xunit;

namespace NNTileLogger.Ingest.Tests.History;

/// <summary>Looking at what is below LOG_DIR must never cost a training a point.</summary>
public sealed class HistoryLoaderTests : IDisposable
{
    private static readonly TimeSpan _limit = TimeSpan.FromSeconds(30);

    private readonly TempLogDirectory _logs = new();

    public void Dispose() => _logs.Dispose();

    [Fact]
    public async Task Look_ThatFails_IsRepeatedAndTrainingsAreTakenInMeanwhile()
    {
        await using var server = await InProcessIngest.StartAsync(new IngestOptions { LogDirectory = _logs.Path });
        var looks = 0;
        server.Part<HistoryLoader>().Looked += _ =>
        {
            Interlocked.Increment(ref looks);
            throw new InvalidOperationException("a fault of the look");
        };
        server.Part<Attention>().Asked();
        await Eventually.IsTrueAsync(() => Volatile.Read(ref looks) >= 1, _limit, "it is looked");

        await NNTileClient.SendWholeAsync(server.Port, Lines.Scalar("unharmed", 1, 2, 3));
        await Eventually.IsTrueAsync(() => Volatile.Read(ref looks) >= 2, _limit, "it is looked again");
        await NNTileClient.SendWholeAsync(server.Port, Lines.Scalar("later", 4));
        Assert.Equal([1, 2, 3], _logs.Sessions().SelectMany(session => session.Values("unharmed")));
        Assert.Equal([4], _logs.Sessions().SelectMany(session => session.Values("later")));
    }

    [Fact]
    public async Task Load_ThatTakesLong_HoldsUpNoNoteOfASessionAtHand()
    {
        await using var server = await InProcessIngest.StartAsync(new IngestOptions { LogDirectory = _logs.Path, ClearLogs = false });
        var catalog = server.Part<Catalog>();
        var directory = Path.Combine(_logs.Path, "slow");
        new EventFileBuilder().Scalar(1, "a", 1).Save(directory);
        server.Part<Attention>().Asked();
        await Eventually.IsTrueAsync(() => catalog.Find("slow", "a")?.File is { Count: 1 }, _limit, "the run is read");

        // Whoever has the lock of a run keeps the loader from reading more of it.
        using var release = new ManualResetEventSlim();
        var holding = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var holder = Task.Factory.StartNew(() => Hold(catalog.Find("slow", "a")!.File!.Run, holding, release), TaskCreationOptions.LongRunning);
        await holding.Task;
        try
        {
            new EventFileBuilder().Scalar(1, "a", 1).Scalar(2, "a", 2).Save(directory);
            using var client = await NNTileClient.ConnectAsync(server.Port);
            await client.SendAsync(Lines.Scalar("loss", 1));
            await Eventually.IsTrueAsync(
                () => _logs.SessionPaths() is [var session] && catalog.Find(Path.GetFileName(session), "session")?.Note is not null, _limit, "the session's text is there");
            Assert.Equal(1, catalog.Find("slow", "a")!.Count);
            await client.EndAsync();
        }
        finally
        {
            release.Set();
            await holder;
        }

        await Eventually.IsTrueAsync(() => catalog.Find("slow", "a")?.Count == 2, _limit, "the rest of the run is read");
    }

    private static void Hold(HistoryRun run, TaskCompletionSource holding, ManualResetEventSlim release)
    {
        lock (run.Gate)
        {
            holding.SetResult();
            release.Wait();
        }
    }
}
