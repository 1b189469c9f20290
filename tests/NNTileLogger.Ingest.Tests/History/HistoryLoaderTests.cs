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

        using var held = await HeldRun.OfAsync(catalog.Find("slow", "a")!.File!.Run);
        new EventFileBuilder().Scalar(1, "a", 1).Scalar(2, "a", 2).Save(directory);
        using var client = await NNTileClient.ConnectAsync(server.Port);
        await client.SendAsync(Lines.Scalar("loss", 1));
        await Eventually.IsTrueAsync(
            () => _logs.SessionPaths() is [var session] && catalog.Find(Path.GetFileName(session), "session")?.Note is not null, _limit, "the session's text is there");
        Assert.Equal(1, catalog.Find("slow", "a")!.Count);
        await client.EndAsync();
        held.Release();
        await Eventually.IsTrueAsync(() => catalog.Find("slow", "a")?.Count == 2, _limit, "the rest of the run is read");
    }

    [Fact]
    public async Task Load_OfManyRuns_ReadsTheNewestFirstAndSideBySide()
    {
        var threads = Math.Clamp(Environment.ProcessorCount, 1, 8);
        string[] newest = [.. Enumerable.Range(0, threads).Select(number => $"new {number}")];
        var now = TimeProvider.System.GetUtcNow().UtcDateTime;
        Save("old", 1, now.AddHours(-1));
        Array.ForEach(newest, run => Save(run, 1, now));
        await using var server = await InProcessIngest.StartAsync(new IngestOptions { LogDirectory = _logs.Path, ClearLogs = false });
        var catalog = server.Part<Catalog>();
        server.Part<Attention>().Asked();
        await Eventually.IsTrueAsync(() => newest.Append("old").All(run => CountOf(run) == 1), _limit, "all runs are read");

        // All of them grow between two looks, and as many as there are threads cannot be read.
        var held = await Task.WhenAll(newest.Select(run => HeldRun.OfAsync(catalog.Find(run, "a")!.File!.Run)));
        var (mayGrow, looks) = (1, 0);
        server.Part<HistoryLoader>().Looked += _ =>
        {
            if (Interlocked.Exchange(ref mayGrow, 0) == 1)
            {
                Save("old", 2, now.AddMinutes(-1));
                Array.ForEach(newest, run => Save(run, 2, now.AddSeconds(1)));
            }
            else
            {
                Interlocked.Increment(ref looks);
            }
        };
        try
        {
            await Eventually.IsTrueAsync(() => Volatile.Read(ref looks) >= 2, _limit, "the reading takes seconds");
            Assert.Equal(1, CountOf("old"));

            held[0].Release();
            await Eventually.IsTrueAsync(() => CountOf(newest[0]) == 2 && CountOf("old") == 2, _limit, "the thread that is free reads on");
            Assert.All(newest.Skip(1), run => Assert.Equal(1, CountOf(run)));
        }
        finally
        {
            Array.ForEach(held, run => run.Dispose());
        }

        await Eventually.IsTrueAsync(() => newest.All(run => CountOf(run) == 2), _limit, "all is read");

        long? CountOf(string run) => catalog.Find(run, "a")?.Count;

        void Save(string run, int points, DateTime written)
        {
            var file = new EventFileBuilder();
            for (var step = 1; step <= points; step++)
            {
                file.Scalar(step, "a", step);
            }

            file.Save(Path.Combine(_logs.Path, run), "events.out.tfevents.1");
            File.SetLastWriteTimeUtc(Path.Combine(_logs.Path, run, "events.out.tfevents.1"), written);
        }
    }

    /// <summary>A run whose lock a thread has: no loader reads on in it.</summary>
    private sealed class HeldRun : IDisposable
    {
        private readonly ManualResetEventSlim _release = new();
        private readonly TaskCompletionSource _holding = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly Thread _holder;

        private HeldRun(HistoryRun run)
        {
            _holder = new Thread(() => Hold(run)) { IsBackground = true };
            _holder.Start();
        }

        public static async Task<HeldRun> OfAsync(HistoryRun run)
        {
            var held = new HeldRun(run);
            await held._holding.Task;
            return held;
        }

        public void Release()
        {
            _release.Set();
            _holder.Join();
        }

        public void Dispose()
        {
            Release();
            _release.Dispose();
        }

        private void Hold(HistoryRun run)
        {
            lock (run.Gate)
            {
                _holding.SetResult();
                _release.Wait();
            }
        }
    }
}
