using System.Text;
using NNTileLogger.Ingest.Protocol;
using NNTileLogger.Ingest.Tests.Support;
using Xunit;

namespace NNTileLogger.Ingest.Tests.Series;

/// <summary>The fast way from lines to points is held against the slow, obvious one, on lines that clients sent and on odd ones.</summary>
public sealed class LinesToPointsTests
{
    [Fact]
    public void CapturedLines_FastAndSlow_Agree()
    {
        foreach (var path in Directory.EnumerateFiles(Path.Combine(AppContext.BaseDirectory, "Captures"), "*.ndjson"))
        {
            AssertAgree(File.ReadAllBytes(path));
        }
    }

    [Theory]
    [InlineData("{\"workers\":[{\"name\":\"a\",\"flops\":1e9,\"total_time\":0}]}")]
    [InlineData("{\"scalars\":[{\"name\":\"x\",\"values\":[1,2],\"values\":[true,3]}]}")]
    [InlineData("{\"scalars\":[{\"name\":\"Perf/GFlops/s\",\"values\":[1]}],\"workers\":[{\"name\":\"Perf/GFlops/s\",\"flops\":2e9,\"total_time\":1}]}")]
    [InlineData("{\"buses\":[{\"src_name\":\"a->b\",\"dst_name\":\"c\",\"total_bus_time\":1,\"transferred_bytes\":1e9},{\"src_name\":\"a\",\"dst_name\":\"b->c\",\"total_bus_time\":1,\"transferred_bytes\":2e9}]}")]
    [InlineData("{\"workers\":[{\"name\":\"a\"}],\"workers\":[{\"name\":\"a\"}],\"memory_nodes\":null,\"buses\":3}")]
    public void OddLine_FastAndSlow_Agree(string line) => AssertAgree(Encoding.UTF8.GetBytes(line + "\n"));

    [Theory]
    [InlineData(64, nameof(LineResult.Accepted))]
    [InlineData(65, nameof(LineResult.TooDeep))]
    public void Nesting_UpTo64_IsAccepted(int depth, string wanted)
    {
        var line = $"{{\"x\":{new string('[', depth - 1)}{new string(']', depth - 1)}}}";
        Assert.Equal(wanted, new LinePipeline().Take(Encoding.ASCII.GetBytes(line)).Result);
    }

    private static void AssertAgree(byte[] stream) => StreamOutcome.AssertSame(
        StreamOutcome.OfReference(stream, int.MaxValue), StreamOutcome.OfProduct([stream], stream.Length));
}
