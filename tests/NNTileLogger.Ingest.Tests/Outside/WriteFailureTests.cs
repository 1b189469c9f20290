using System.Diagnostics;
using NNTileLogger.Ingest.Tests.Support;
using Xunit;

namespace NNTileLogger.Ingest.Tests.Outside;

/// <summary>A run that cannot be written, as a file is in the way of its directory: the others go on, and its points are kept until it can be.</summary>
public sealed class WriteFailureTests : IDisposable
{
    private static readonly TimeSpan _recovery = TimeSpan.FromSeconds(40);

    private readonly TempLogDirectory _logs = new();

    public void Dispose() => _logs.Dispose();

    [Fact]
    public async Task Run_WhoseDirectoryCannotBeMade_HoldsUpNothingAndIsWrittenLater()
    {
        await using var server = await IngestProcess.StartAsync(_logs.Path);
        using var client = await NNTileClient.ConnectAsync(server.Port);
        var obstacle = await BlockAsync(client);

        var clock = Stopwatch.StartNew();
        await client.SendAsync(Lines.Scalar("blocked", 1, 2) + Lines.Scalar("fine", 2));
        await client.EndAsync();
        Assert.True(clock.Elapsed < TimeSpan.FromSeconds(10), $"the end of the connection took {clock.Elapsed.TotalSeconds:F1} s");
        Assert.Equal([1, 2], _logs.SessionWithRun("fine").Values("fine"));

        File.Delete(obstacle);
        await Eventually.IsTrueAsync(() => Blocked().Count == 2, _recovery, "the points of the run are written once they can be");
        Assert.Equal([1, 2], Blocked().Select(point => point.Value));
        Assert.Equal([1, 2], Blocked().Select(point => point.Step));
        await server.StopAsync();
    }

    [Fact]
    public async Task Run_WithMorePointsThanTheBufferHolds_LosesTheOldestAndKeepsTheirSteps()
    {
        const int Points = 600_000;
        await using var server = await IngestProcess.StartAsync(_logs.Path, "BUFFER_MB=1");
        using var client = await NNTileClient.ConnectAsync(server.Port);
        var obstacle = await BlockAsync(client);

        // The value of each point is its step.
        foreach (var values in Enumerable.Range(1, Points).Select(k => (double)k).Chunk(1000))
        {
            await client.SendAsync(Lines.Scalar("blocked", values));
        }

        await client.EndAsync();
        File.Delete(obstacle);
        await Eventually.IsTrueAsync(() => Blocked().LastOrDefault()?.Step == Points, _recovery, "the points that were kept are written once they can be");
        await server.StopAsync();

        var points = Blocked();
        Assert.InRange(points.Count, 1000, Points - 1000);
        Assert.Equal(Enumerable.Range(Points - points.Count + 1, points.Count).Select(step => (long)step), points.Select(point => point.Step));
        Assert.All(points, point => Assert.Equal(point.Step, point.Value));
    }

    [Fact]
    public async Task Stop_WhileARunCannotBeWritten_IsInTimeAndClean()
    {
        await using var server = await IngestProcess.StartAsync(_logs.Path);
        using var client = await NNTileClient.ConnectAsync(server.Port);
        await BlockAsync(client);
        await client.SendAsync(Lines.Scalar("blocked", 1, 2) + Lines.Scalar("fine", 2));
        await client.ServerHasReadAsync();
        await server.StopAsync();

        Assert.Equal([1, 2], _logs.OnlySession().Values("fine"));
    }

    // Begins the session and puts a file in the way of a run's directory.
    private async Task<string> BlockAsync(NNTileClient client)
    {
        await client.SendAsync(Lines.Scalar("fine", 1));
        await Eventually.IsTrueAsync(() => _logs.SessionsWithRun("fine").Count == 1, Eventually.Patience, "the session is there");
        var obstacle = Path.Combine(_logs.SessionWithRun("fine").Path, "blocked");
        await File.WriteAllTextAsync(obstacle, "in the way", TestContext.Current.CancellationToken);
        return obstacle;
    }

    private List<Point> Blocked() =>
        [.. _logs.SessionWithRun("fine").Runs.Values.SelectMany(tags => tags).Where(tag => tag.Key == "blocked").SelectMany(tag => tag.Value)];
}
