using System.Diagnostics;
using NNTileLogger.Ingest.Tests.Support;
using Xunit;

namespace NNTileLogger.Ingest.Tests.Outside;

/// <summary>Trainings that have gone on for a while, many files or many at once, over a stop or a crash of the server.</summary>
public sealed class LongTrainingTests : IDisposable
{
    private static readonly TimeSpan _silence = TimeSpan.FromSeconds(1);

    private readonly TempLogDirectory _logs = new();
    private IngestProcess _server = null!;

    public void Dispose() => _logs.Dispose();

    // Longer than any tolerance: the last message must be known, not only the first; 1.08 s a file.
    [Theory]
    [InlineData(true, "SPLIT_HOURS=24")]
    [InlineData(false, "SPLIT_HOURS=24")]
    [InlineData(true, "SPLIT_HOURS=0.0003")]
    [InlineData(false, "SPLIT_HOURS=0.0003")]
    public async Task Training_OfSomeSeconds_ContinuesAfterAStopOrCrash(bool stopped, string split)
    {
        _server = await IngestProcess.StartAsync(_logs.Path, split);
        await using var server = new CurrentServer(this);
        using var before = await Training.BeginAsync(() => (_server.Port, _logs), "a", 1);
        var start = Stopwatch.GetTimestamp();
        for (var k = 2; k <= 10; k++)
        {
            await Eventually.PassedSinceAsync(start, TimeSpan.FromSeconds(0.45 * k));
            await before.SendAsync(Lines.Training(0.45, "a", k, "a"));
        }

        await before.ArrivedAsync(10);
        await RestartAsync(stopped, split);
        using var after = await before.AgainAsync(_silence, value: 11);
        await after.EndAsync();
        await _server.StopAsync();

        var session = _logs.OnlySession(writerAtWork: !stopped);
        Assert.Equal(Enumerable.Range(1, 11).Select(k => (float)k), session.Values("a"));
        Assert.Equal(Enumerable.Range(1, 11).Select(k => (long)k), session.Steps("a"));
        Assert.Equal(Enumerable.Range(1, 11).Select(k => (long)k), session.Points("a", "Perf/GFlops/s").Select(point => point.Step));
        if (split != "SPLIT_HOURS=24")
        {
            Assert.True(LogDirectoryReader.EventFiles(session.Path).Count >= 4, "the curve is not in several files");
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Trainings_ManyAtOnce_EachContinueTheirOwn(bool stopped)
    {
        const int Trainings = 8;
        _server = await IngestProcess.StartAsync(_logs.Path);
        await using var server = new CurrentServer(this);
        var before = await Task.WhenAll(Enumerable.Range(0, Trainings).Select(k => Training.BeginAsync(() => (_server.Port, _logs), $"t{k}", 10 * k, $"CPU {k}", $"CUDA {k}")));
        await RestartAsync(stopped);
        var after = await Task.WhenAll(before.Select(training => training.AgainAsync(_silence)));
        await Task.WhenAll(after.Select(training => training.EndAsync()));
        await _server.StopAsync();

        Assert.Equal(Trainings, _logs.SessionPaths().Count);
        for (var k = 0; k < Trainings; k++)
        {
            var session = _logs.SessionWithRun($"t{k}", writerAtWork: !stopped);
            Assert.Equal([10 * k, (10 * k) + 1], session.Values($"t{k}"));
            Assert.Equal([1, 2], session.Steps($"t{k}"));
        }

        foreach (var training in before.Concat(after))
        {
            training.Dispose();
        }
    }

    // What was read in the last moments before the crash may be missing; what is there must be in order, and go on.
    [Fact]
    public async Task Crash_UnderLoad_LeavesCurvesThatGoOnInOrder()
    {
        _server = await IngestProcess.StartAsync(_logs.Path);
        await using var server = new CurrentServer(this);
        using var before = await Training.BeginAsync(() => (_server.Port, _logs), "a", 1);
        var load = string.Concat(Enumerable.Range(1, 20).Select(k => Lines.Node(k)));
        using var stop = new CancellationTokenSource();
        var sending = Task.Run(async () =>
        {
            try
            {
                while (!stop.IsCancellationRequested)
                {
                    await before.SendAsync(load);
                }
            }
            catch (System.Net.Sockets.SocketException)
            {
                // The server is gone.
            }
        }, TestContext.Current.CancellationToken);
        await Eventually.IsTrueAsync(() => _logs.OnlySession(writerAtWork: true).PointCount > 20_000, TimeSpan.FromSeconds(30), "the load is under way");
        await _server.KillAsync();
        await stop.CancelAsync();
        await sending;
        var crashed = _logs.OnlySession(writerAtWork: true);
        await RestartAsync(stopped: false);
        using var after = await before.AgainAsync(_silence, value: 2);
        await after.SendAsync(Lines.Node(1000));
        await after.EndAsync();
        await _server.StopAsync();

        var session = _logs.OnlySession(writerAtWork: true);
        Assert.Equal([1, 2], session.Values("a"));
        Assert.Equal(1000.5f, session.Values("Train loss")[^1]);
        foreach (var (run, tags) in session.Runs)
        {
            foreach (var (tag, points) in tags)
            {
                Assert.True(points.Count == crashed.Points(run, tag).Count + 1, $"{run} | {tag}: {crashed.Points(run, tag).Count} points at the crash, {points.Count} after one more");
                Assert.True(points.Zip(points.Skip(1)).All(pair => pair.First.Step < pair.Second.Step), $"{run} | {tag}: steps do not rise");
                Assert.True(points.Zip(points.Skip(1)).All(pair => pair.First.WallTime <= pair.Second.WallTime), $"{run} | {tag}: wall times go back");
            }
        }
    }

    private async Task RestartAsync(bool stopped, params string[] variables)
    {
        if (stopped)
        {
            await _server.StopAsync();
        }
        else
        {
            await _server.KillAsync();
        }

        await _server.DisposeAsync();
        _server = await IngestProcess.StartAsync(_logs.Path, variables);
    }

    /// <summary>Ends whichever server a test has at its end.</summary>
    private sealed class CurrentServer(LongTrainingTests test) : IAsyncDisposable
    {
        public ValueTask DisposeAsync() => test._server.DisposeAsync();
    }
}
