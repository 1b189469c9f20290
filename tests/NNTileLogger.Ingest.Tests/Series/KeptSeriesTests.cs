using System.Text;
using NNTileLogger.Ingest.Tests.Support;
using Xunit;

namespace NNTileLogger.Ingest.Tests.Series;

/// <summary>Those who look at a session see every point, written or not, once and in its order.</summary>
public sealed class KeptSeriesTests
{
    private readonly LinePipeline _pipeline = new();
    private readonly Dictionary<(string Run, string Tag), List<float>> _written = [];

    [Fact]
    public void Look_BeforeAndAfterWriting_SeesEveryPointOnce()
    {
        var random = new Random(11);
        for (var line = 0; line < 300; line++)
        {
            Take(Line(random));
            if (random.Next(3) == 0)
            {
                _pipeline.LookAtPoints();
            }

            if (random.Next(4) == 0)
            {
                Write();
            }
        }

        var seen = _pipeline.LookAtPoints();
        Write();

        Assert.Equal(_written.Keys.Order(), seen.Keys.Order());
        foreach (var (series, points) in seen)
        {
            Assert.Equal(_written[series], points.Select(point => point.Value));
            Assert.Equal(Enumerable.Range(1, points.Count).Select(step => (long)step), points.Select(point => point.Step));
        }
    }

    [Fact]
    public async Task Look_WhileTheOldestAreGivenUp_SeesThemInTheirOrder()
    {
        const int Lines = 1_000;
        var random = new Random(12);
        using var done = new CancellationTokenSource();
        var looking = Task.Run(() =>
        {
            while (!done.IsCancellationRequested)
            {
                _pipeline.LookAtPoints();
            }
        }, TestContext.Current.CancellationToken);
        for (var line = 0; line < Lines; line++)
        {
            Take("""{"scalars":[{"name":"loss","values":[1]}]}""");
            if (random.Next(2) == 0)
            {
                _pipeline.DropOldest();
            }
        }

        await done.CancelAsync();
        await looking;
        var points = _pipeline.LookAtPoints()[("loss", "loss")];
        Assert.Equal(Enumerable.Range(1, Lines).Select(step => (long)step), points.Select(point => point.Step));
    }

    // Runs of one series and of three, tags that are ends of others, values of one point and of many.
    private static string Line(Random random)
    {
        var values = string.Join(',', Enumerable.Range(0, random.Next(1, 6)).Select(_ => random.NextSingle()));
        return $$"""
            {"workers":[{"name":"CPU 0","flops":{{random.Next()}},"total_time":1}],
            "memory_nodes":[{"name":"NUMA 0","size":{{random.NextInt64()}}}],
            "buses":[{"src_name":"NUMA 0","dst_name":"CUDA 0","total_bus_time":1,"transferred_bytes":{{random.NextInt64()}}},
            {"src_name":"CUDA 0","dst_name":"NUMA 0","total_bus_time":1,"transferred_bytes":{{random.NextInt64()}}}],
            "scalars":[{"name":"loss","values":[{{values}}]},{"name":"Train/loss","values":[1,2]},{"name":"потеря","values":[]}]}
            """.ReplaceLineEndings("");
    }

    private void Take(string line) => _pipeline.Take(Encoding.UTF8.GetBytes(line));

    private void Write()
    {
        foreach (var (series, values) in _pipeline.TakePoints())
        {
            (_written.TryGetValue(series, out var list) ? list : _written[series] = []).AddRange(values);
        }
    }
}
