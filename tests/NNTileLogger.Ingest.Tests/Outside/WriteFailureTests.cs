using System.Diagnostics;
using NNTileLogger.Ingest.Tests.Support;
using Xunit;

namespace NNTileLogger.Ingest.Tests.Outside;

/// <summary>A run that cannot be written: the others go on, and its points are kept until it can be.</summary>
public sealed class WriteFailureTests(RunningIngest ingest) : IClassFixture<RunningIngest>
{
    [Fact]
    public async Task Run_WhoseDirectoryCannotBeMade_HoldsUpNothingAndIsWrittenLater()
    {
        using var client = await NNTileClient.ConnectAsync(ingest.Port);
        await client.SendAsync(Lines.Scalar("fine", 1));
        await Eventually.IsTrueAsync(() => ingest.Logs.SessionsWithRun("fine").Count == 1, TimeSpan.FromSeconds(5), "the session is there");
        var obstacle = Path.Combine(ingest.Logs.SessionWithRun("fine").Path, "blocked");
        await File.WriteAllTextAsync(obstacle, "in the way", TestContext.Current.CancellationToken);

        var clock = Stopwatch.StartNew();
        await client.SendAsync(Lines.Scalar("blocked", 1, 2) + Lines.Scalar("fine", 2));
        await client.EndAsync();
        Assert.True(clock.Elapsed < TimeSpan.FromSeconds(10), $"the end of the connection took {clock.Elapsed.TotalSeconds:F1} s");
        Assert.Equal([1, 2], ingest.Logs.SessionWithRun("fine").Values("fine"));

        File.Delete(obstacle);
        await Eventually.IsTrueAsync(() => Blocked().Count == 2, TimeSpan.FromSeconds(40), "the points of the run are written once they can be");
        Assert.Equal([1, 2], Blocked().Select(point => point.Value));
        Assert.Equal([1, 2], Blocked().Select(point => point.Step));
    }

    private List<Point> Blocked() =>
        [.. ingest.Logs.SessionWithRun("fine").Runs.Values.SelectMany(tags => tags).Where(tag => tag.Key == "blocked").SelectMany(tag => tag.Value)];
}
