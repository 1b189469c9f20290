using Grpc.Core;
using NNTileLogger.Ingest.DataProvider.Protos;
using NNTileLogger.Ingest.Tests.Support;
using Xunit;

namespace NNTileLogger.Ingest.Tests.Outside.DataProvider;

/// <summary>Which points TensorBoard gets of those there are.</summary>
public sealed class SamplingTests(KeepingIngest ingest) : IClassFixture<KeepingIngest>, IDisposable
{
    private const int Count = 150_000;
    private const int Spike = 77_777;
    private const int FirstNaN = 120_000;
    private const int LastNaN = 120_002;

    private readonly FeedClient _feed = new(ingest.Server.DataPort);

    public void Dispose() => _feed.Dispose();

    [Theory]
    [InlineData(10)]
    [InlineData(1000)]
    [InlineData(10_000)]
    [InlineData(100_000)]
    public async Task Sample_OfALongSeries_KeepsExtremesEndsAndNaN(long most)
    {
        await SaveLongAsync();

        var points = await _feed.PointsAsync("long", "a", most);

        Assert.InRange(points.Count, most / 4, most);
        var steps = points.ConvertAll(point => point.Step);
        Assert.Equal(steps.Order(), steps);
        Assert.Equal((1, Count), (steps[0], steps[^1]));
        Assert.Contains((Spike, 1000f), points);
        Assert.Contains(FirstNaN, steps);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(100_001)]
    public async Task Sample_AllAskedFor_IsEveryPoint(long most)
    {
        await SaveLongAsync();

        Assert.Equal(Enumerable.Range(1, Count).Select(step => (long)step), (await _feed.PointsAsync("long", "a", most)).Select(point => point.Step));
    }

    [Fact]
    public async Task Sample_OneAskedFor_IsTheLast()
    {
        await SaveLongAsync();

        Assert.Equal([(Count, Value(Count))], await _feed.PointsAsync("long", "a", 1));
    }

    [Fact]
    public async Task Sample_OfManyRuns_IsNoMoreThanTensorBoardTakes()
    {
        const int Runs = 250, Each = 800;
        for (var run = 0; run < Runs; run++)
        {
            var file = new EventFileBuilder();
            for (var step = 1; step <= Each; step++)
            {
                file.Scalar(step, "shared", step);
            }

            file.Save(Path.Combine(ingest.Logs.Path, $"many/{run}"));
        }

        await FeedClient.UntilAsync(async () => (await _feed.ScalarTagsAsync()).Count(series => series.Tag == "shared") == Runs, "all runs are there");
        await _feed.HasPointsAsync($"many/{Runs - 1}", "shared", Each);
        await _feed.HasPointsAsync("many/0", "shared", Each);
        var answer = await _feed.ReadAsync(new ReadScalarsRequest
        {
            PluginFilter = FeedClient.Plugin("scalars"),
            RunTagFilter = FeedClient.Filter(null, ["shared"]),
            Downsample = new Downsample { NumPoints = 1000 },
        });

        Assert.Equal(Runs, answer.Runs.Count);
        Assert.InRange(answer.Runs.Sum(run => run.Tags[0].Data.Step.Count), 50_000, 100_000);
        Assert.All(answer.Runs, run => Assert.Equal(Each, run.Tags[0].Data.Step[^1]));
    }

    [Fact]
    public async Task Filter_PresentAndEmpty_MeansNone()
    {
        await SaveLongAsync();

        Assert.Empty((await _feed.ListScalarsAsync(FeedClient.Filter([], null))).Runs);
        Assert.Empty((await _feed.ListScalarsAsync(FeedClient.Filter(null, []))).Runs);
        Assert.NotEmpty((await _feed.ListScalarsAsync(null)).Runs);
        Assert.Equal("long", Assert.Single((await _feed.ListScalarsAsync(FeedClient.Filter(["long", "none"], null))).Runs).RunName);
    }

    [Fact]
    public async Task Request_ThatMakesNoSense_IsRefusedInWords()
    {
        foreach (var request in (ReadScalarsRequest[])
            [
                new() { Downsample = new Downsample() },
                new() { PluginFilter = FeedClient.Plugin("scalars") },
                new() { PluginFilter = FeedClient.Plugin("scalars"), Downsample = new Downsample { NumPoints = -1 } },
            ])
        {
            var refused = await Assert.ThrowsAsync<RpcException>(() => _feed.ReadAsync(request));
            Assert.Equal(StatusCode.InvalidArgument, refused.StatusCode);
            Assert.NotEmpty(refused.Status.Detail);
        }
    }

    [Fact]
    public async Task Memory_ForNextToNothing_StillGivesEveryPoint()
    {
        const int Runs = 60, Each = 3000;
        using var logs = new TempLogDirectory();
        for (var run = 0; run < Runs; run++)
        {
            var file = new EventFileBuilder();
            for (var step = 1; step <= Each; step++)
            {
                file.Scalar(step, "a", step == 1234 ? 1e6f : step % 10);
            }

            file.Save(Path.Combine(logs.Path, $"run {run}"));
        }

        await using var server = await IngestProcess.StartAsync(logs.Path, "CLEAR_LOGS=0", "DATA_PROVIDER_MEMORY_MB=1");
        using var feed = new FeedClient(server.DataPort);
        for (var run = 0; run < Runs; run++)
        {
            await feed.HasPointsAsync($"run {run}", "a", Each);
            var few = await feed.PointsAsync($"run {run}", "a", 50);
            Assert.Contains((1234, 1e6f), few);
            Assert.Equal((1, Each), (few[0].Step, few[^1].Step));
        }

        await server.StopAsync();
    }

    private static float Value(int step) => step == Spike ? 1000 : step is >= FirstNaN and <= LastNaN ? float.NaN : step % 7;

    private async Task SaveLongAsync()
    {
        var directory = Path.Combine(ingest.Logs.Path, "long");
        if (!Directory.Exists(directory))
        {
            var file = new EventFileBuilder();
            for (var step = 1; step <= Count; step++)
            {
                file.Scalar(step, "a", Value(step));
            }

            file.Save(directory);
        }

        await FeedClient.UntilAsync(async () => await _feed.PointsAsync("long", "a", 1) is [(Count, _)], "the long series is there");
    }
}
