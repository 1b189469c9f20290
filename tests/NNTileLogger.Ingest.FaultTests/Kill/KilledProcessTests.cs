using System.Diagnostics;
using NNTileLogger.Ingest.FaultTests.Support;
using NNTileLogger.Ingest.Tests.Support;
using Xunit;

namespace NNTileLogger.Ingest.FaultTests.Kill;

/// <summary>
/// The server killed outright at random moments, 50 times in all, while trainings send half of what it can take in. What counts as read: the
/// system's queues of the connection were empty behind what had been sent, so the process had all of it.
/// </summary>
public sealed class KilledProcessTests(ITestOutputHelper output)
{
    private const int Lives = 5;

    private int _provingLives;

    // The promise is of a server that gets its turn; where others keep the machine busy, it goes first (as root; else it is as any).
    private static readonly string[] _first = ["nice", "-n", "-15"];
    private static readonly TimeSpan _promise = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan _room = 5 * _promise;
    private static readonly TimeSpan _shortestLife = TimeSpan.FromMilliseconds(300);
    private static readonly TimeSpan _longestLife = TimeSpan.FromMilliseconds(1500);
    private static readonly TimeSpan _longestStart = TimeSpan.FromMilliseconds(300);

    // In every third life the server is killed while it recovers sessions, or has just begun to read.
    private const int Early = 3;

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    public async Task Kill_AtRandomMoments_LosesNothingReadBeforeAndNoStepIsUsedTwice(int seed)
    {
        Requirement.Linux();
        var half = await FullSpeed.PointsASecondAsync() / 2;
        output.WriteLine($"seed {seed}, {half:F0} points a second");
        var random = new Random(seed);
        // In turn, one with one training and one with three: the outage of each passes while the other lives.
        using var alone = new Server("alone", trainings: 1, half);
        using var many = new Server("many", trainings: 3, half);
        for (var life = 1; life <= Lives; life++)
        {
            await LiveAsync(alone, random, life);
            await LiveAsync(many, random, life);
        }

        Assert.True(_provingLives >= Lives, $"in only {_provingLives} of {2 * Lives} lives had the server proven to have read something in time");
        await AssertLastLifeAsync(alone);
        await AssertLastLifeAsync(many);
    }

    private async Task LiveAsync(Server tried, Random random, int life)
    {
        var all = tried.Trainings;
        await using var server = await IngestProcess.StartUnderAsync(_first, tried.Logs.Path, "CLEAR_LOGS=0");
        var feeds = all.Select(training => training.FeedAsync(server.Port, CancellationToken.None)).ToList();
        if (life % Early == 0)
        {
            await Task.Delay(random.NextDouble() * _longestStart, TestContext.Current.CancellationToken);
        }
        else
        {
            await Eventually.IsTrueAsync(
                () => all.All(training => training.ReadBy(Stopwatch.GetTimestamp()) >= training.First) || feeds.Exists(feed => feed.IsCompleted),
                Eventually.Patience,
                "something of all trainings has been read");
            await Task.Delay(_shortestLife + (random.NextDouble() * (_longestLife - _shortestLife)), TestContext.Current.CancellationToken);
        }

        var killed = Stopwatch.GetTimestamp();
        await server.KillAsync();
        await Task.WhenAll(feeds);
        var read = killed - (long)(_room.TotalSeconds * Stopwatch.Frequency);
        output.WriteLine(
            $"{all[0].Name} {life}: " + string.Join(", ", all.Select(training => $"values from {training.First}, read by {training.ReadBy(read)}, sent {training.Last}")));
        tried.Log.AssertLife(all, read, mayBeTorn: true);
        _provingLives += all.Any(training => training.ReadBy(read) >= training.First) ? 1 : 0;
    }

    // One that is stopped: its sums say what it took in.
    private static async Task AssertLastLifeAsync(Server tried)
    {
        var all = tried.Trainings;
        await using var server = await IngestProcess.StartAsync(tried.Logs.Path, "CLEAR_LOGS=0");
        using var end = new CancellationTokenSource();
        var feeds = all.Select(training => training.FeedAsync(server.Port, end.Token)).ToList();
        await Eventually.IsTrueAsync(() => all.All(training => training.Last > training.First + 1000), Eventually.Patience, "all trainings send");
        await end.CancelAsync();
        await Task.WhenAll(feeds);
        var sums = await ShutdownSums.StopAsync(server);
        tried.Log.AssertLife(all, Stopwatch.GetTimestamp(), mayBeTorn: false);
        sums.AssertAllWritten(tried.Log.NewPoints);
        Assert.Equal(sums.Lines, sums.Accepted);
    }

    /// <summary>A server through its lives: where it logs, who sends to it, and what was found of them.</summary>
    private sealed class Server : IDisposable
    {
        private const int Curves = 6;

        public Server(string name, int trainings, double pointsASecond)
        {
            Log = new KilledLog(Logs.Path);
            Trainings = [.. Enumerable.Range(0, trainings).Select(k => new PacedTraining($"{name} {k}", Curves / trainings, pointsASecond / trainings))];
        }

        public TempLogDirectory Logs { get; } = new();

        public KilledLog Log { get; }

        public IReadOnlyList<PacedTraining> Trainings { get; }

        public void Dispose() => Logs.Dispose();
    }
}
