using System.Text;
using CsCheck;
using NNTileLogger.Ingest.Protocol;
using NNTileLogger.Ingest.Tests.Support;
using Xunit;

namespace NNTileLogger.Ingest.Tests.Series;

/// <summary>The fast way from lines to points is held against the slow, obvious one, on valid, odd and broken lines.</summary>
public sealed class LinesToPointsTests
{
    [Fact]
    public void AnyLine_FastAndSlow_Agree() =>
        WireLines.DamagedLine.Sample(line => AssertAgree(new LinePipeline(), [line]), iter: 60_000, print: Print);

    // What one message leaves behind (remembered positions, sums, cut lists) must not show in the next.
    [Fact]
    public void AnyLinesInARow_FastAndSlow_Agree() =>
        WireLines.DamagedLine.Array[2, 6].Sample(
            lines => AssertAgree(new LinePipeline(), lines), iter: 15_000, print: lines => string.Join('\n', lines.Select(Print)));

    [Fact]
    public void CapturedLines_FastAndSlow_Agree()
    {
        foreach (var path in Directory.EnumerateFiles(Path.Combine(AppContext.BaseDirectory, "Captures"), "*.ndjson"))
        {
            AssertAgree(new LinePipeline(), [.. File.ReadLines(path, Encoding.Latin1).Select(Encoding.Latin1.GetBytes)]);
        }
    }

    [Theory]
    [InlineData("{\"workers\":[{\"name\":\"a\",\"flops\":1e9,\"total_time\":0}]}")]
    [InlineData("{\"scalars\":[{\"name\":\"x\",\"values\":[1,2],\"values\":[true,3]}]}")]
    [InlineData("{\"scalars\":[{\"name\":\"Perf/GFlops/s\",\"values\":[1]}],\"workers\":[{\"name\":\"Perf/GFlops/s\",\"flops\":2e9,\"total_time\":1}]}")]
    [InlineData("{\"buses\":[{\"src_name\":\"a->b\",\"dst_name\":\"c\",\"total_bus_time\":1,\"transferred_bytes\":1e9},{\"src_name\":\"a\",\"dst_name\":\"b->c\",\"total_bus_time\":1,\"transferred_bytes\":2e9}]}")]
    [InlineData("{\"workers\":[{\"name\":\"a\"}],\"workers\":[{\"name\":\"a\"}],\"memory_nodes\":null,\"buses\":3}")]
    public void OddLine_FastAndSlow_Agree(string line) => AssertAgree(new LinePipeline(), [Encoding.UTF8.GetBytes(line)]);

    [Theory]
    [InlineData(64, nameof(LineResult.Accepted))]
    [InlineData(65, nameof(LineResult.TooDeep))]
    public void Nesting_UpTo64_IsAccepted(int depth, string wanted)
    {
        var line = $"{{\"x\":{new string('[', depth - 1)}{new string(']', depth - 1)}}}";
        Assert.Equal(wanted, new LinePipeline().Take(Encoding.ASCII.GetBytes(line)).Result.ToString());
    }

    private static void AssertAgree(LinePipeline fast, IReadOnlyList<byte[]> lines)
    {
        var wanted = new Dictionary<(string, string), List<float>>();
        foreach (var line in lines)
        {
            var slow = WireReference.Read(line);
            var (result, invalid) = fast.Take(line);
            Assert.Equal(slow.Outcome.ToString(), result.ToString());
            Assert.Equal(slow.InvalidElements, invalid);
            foreach (var point in slow.Points)
            {
                var key = (Encoding.Latin1.GetString(point.Run), WireReference.Text(point.Tag));
                (wanted.TryGetValue(key, out var list) ? list : wanted[key] = []).Add(point.Value);
            }
        }

        var taken = fast.TakePoints();
        Assert.Equal(wanted.Keys.Order(), taken.Keys.Order());
        foreach (var (series, values) in wanted)
        {
            // Two arrays may feed one series; which of them comes first within a message is free.
            Assert.Equal(Bits(values).Order(), Bits(taken[series]).Order());
        }
    }

    // Every NaN is one value here, and so are the two zeros: a sum from 0 on loses the sign.
    private static IEnumerable<int> Bits(IEnumerable<float> values) =>
        values.Select(value => float.IsNaN(value) ? int.MaxValue : BitConverter.SingleToInt32Bits(value + 0f));

    private static string Print(byte[] line) => string.Concat(line.Select(b => b is >= 0x20 and < 0x7F ? ((char)b).ToString() : $"<{b:x2}>"));
}
