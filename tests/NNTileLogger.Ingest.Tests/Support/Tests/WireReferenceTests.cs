using System.Globalization;
using System.Text;
using Xunit;

namespace NNTileLogger.Ingest.Tests.Support.Tests;

/// <summary>The reference reader of lines on cases written by hand: what the specification of the wire says, sentence by sentence.</summary>
public sealed class WireReferenceTests
{
    // One character is one byte, so that broken UTF-8 can be written as \u00ff.
    [Theory]
    [InlineData("""{"scalars":[{"name":"a","values":[1,2.5,-3e2]}]}""", "a|a=1;a|a=2.5;a|a=-300", 0)]
    [InlineData("""{"scalars":[{"values":[1],"name":"a"}],"x":{"y":[1,{}]}}""", "a|a=1", 0)]
    [InlineData("""{"workers":[{"name":"w","total_time":0.5,"flops":1e9}]}""", "w|Perf/GFlops/s=2", 0)]
    [InlineData("""{"workers":[{"name":"w","total_time":0,"flops":1e9},{"name":"v","flops":1e9},{"name":"u","total_time":-0.0,"flops":null}]}""",
        "w|Perf/GFlops/s=0;v|Perf/GFlops/s=0;u|Perf/GFlops/s=0", 0)]
    [InlineData("""{"workers":[{"name":"w","total_time":null,"flops":1}]}""", "w|Perf/GFlops/s=NaN", 0)]
    [InlineData("""{"memory_nodes":[{"name":"m","size":1073741824},{"name":"n"}]}""", "m|MemoryUsage by GB=1;n|MemoryUsage by GB=0", 0)]
    [InlineData("""{"buses":[{"src_name":"a","dst_name":"b","total_bus_time":1,"transferred_bytes":1e9},{"src_name":"a","dst_name":"c","total_bus_time":2,"transferred_bytes":1e9}]}""",
        "a->b|Perf/Data_link_GB/s=1;a->c|Perf/Data_link_GB/s=0.5;a|Perf/Data_send_GB/s=1.5;b|Perf/Data_recv_GB/s=1;c|Perf/Data_recv_GB/s=0.5", 0)]
    [InlineData("""{"buses":[{"src_name":"a","dst_name":"b","total_bus_time":1,"transferred_bytes":1e9}],"buses":[{"src_name":"a","dst_name":"b","total_bus_time":1,"transferred_bytes":1e9}]}""",
        "a->b|Perf/Data_link_GB/s=1;a->b|Perf/Data_link_GB/s=1;a|Perf/Data_send_GB/s=2;b|Perf/Data_recv_GB/s=2", 0)]
    [InlineData("""{"buses":[{"src_name":"a","dst_name":"b","total_bus_time":1,"transferred_bytes":18446744073709551615}]}""",
        "a->b|Perf/Data_link_GB/s=1.8446744E+10;a|Perf/Data_send_GB/s=1.8446744E+10;b|Perf/Data_recv_GB/s=1.8446744E+10", 0)]
    [InlineData("""{"scalars":[{"name":"a","values":[nan,-nan,NaN,inf,-INF,Infinity,-Infinity,1e400,-1e400,null]}]}""",
        "a|a=NaN;a|a=NaN;a|a=NaN;a|a=Infinity;a|a=-Infinity;a|a=Infinity;a|a=-Infinity;a|a=Infinity;a|a=-Infinity;a|a=NaN", 0)]
    [InlineData("""{"scalars":[{"name":"a","values":["1.5","nan","-Infinity","x","",true,[],{},"null"]}]}""", "a|a=1.5;a|a=NaN;a|a=-Infinity", 6)]
    [InlineData("""{"scalars":[{"name":"a","values":3},{"name":"","values":[1]},{"values":[1]},{"name":3,"values":[1]},{"name":null},3,null,{"name":"b","values":[1]}]}""", "b|b=1", 7)]
    [InlineData("""{"scalars":[{"name":"a","values":null},{"name":"b"},{"name":"c","values":[]}]}""", "", 0)]
    [InlineData("""{"scalars":[{"name":"x","name":"a","values":[7],"values":[1]}],"scalars":[{"name":"a","values":[2]}]}""", "a|a=1;a|a=2", 0)]
    [InlineData("""{"workers":[{"name":"w","flops":true,"total_time":1},{"name":"v","flops":true,"flops":1e9,"total_time":1}]}""", "v|Perf/GFlops/s=1", 1)]
    [InlineData("""{"workers":null,"buses":[],"memory_nodes":3,"scalars":{}}""", "", 2)]
    [InlineData("""{"sc\u0061lars":[{"n\u0061me":"\u0061\n\"\\\/\ud83d\ude00","values":[1]}]}""", "a\n\"\\/😀|a\n\"\\/😀=1", 0)]
    [InlineData("{\"scalars\":[{\"name\":\"a\u00ff\",\"values\":[1]},{\"name\":\"b\\ud800\",\"values\":[2]}]}", "a\uFFFD|a\uFFFD=1;b\uFFFD|b\uFFFD=2", 0)]
    [InlineData(" \t{ \"scalars\" : [ { \"name\" : \"a\" , \"values\" : [ 1 , 2 ] } ] } \r", "a|a=1;a|a=2", 0)]
    [InlineData("{}", "", 0)]
    public void Line_Taken_HasThesePointsAndLosses(string line, string points, int invalid)
    {
        var result = WireReference.Read(Encoding.Latin1.GetBytes(line));

        Assert.Equal(WireOutcome.Accepted, result.Outcome);
        Assert.Equal(points, string.Join(';', result.Points.Select(Show)));
        Assert.Equal(invalid, result.InvalidElements);
    }

    [Theory]
    [InlineData("[]")]
    [InlineData("3")]
    [InlineData("{} {}")]
    [InlineData("{},")]
    [InlineData("{")]
    [InlineData("""{"a":1,}""")]
    [InlineData("""{"a":[1,]}""")]
    [InlineData("""{"a":01}""")]
    [InlineData("""{"a":+1}""")]
    [InlineData("""{"a":1.}""")]
    [InlineData("""{"a":.5}""")]
    [InlineData("""{"a":- 1}""")]
    [InlineData("""{"a":nanx}""")]
    [InlineData("""{"a":+inf}""")]
    [InlineData("""{"a":NULL}""")]
    [InlineData("""{"a":True}""")]
    [InlineData("""{"a":"\x41"}""")]
    [InlineData("""{"a":"\u12"}""")]
    [InlineData("{\"a\":\"\\u12b\0\"}")]
    [InlineData("{\"a\":\"\t\"}")]
    [InlineData("{\"a\":\"\0\"}")]
    [InlineData("{\u00ff}")]
    [InlineData("\u00ef\u00bb\u00bf{}")]
    [InlineData("""{"scalars":[{"name":"a","values":[1]}],"a":"x""")]
    public void Line_NotOneJsonObject_IsInvalid(string line) =>
        Assert.Equal(WireOutcome.InvalidJson, WireReference.Read(Encoding.Latin1.GetBytes(line)).Outcome);

    [Theory]
    [InlineData("")]
    [InlineData(" ")]
    [InlineData("\r")]
    [InlineData(" \t\r")]
    public void Line_OfWhitespace_IsBlank(string line) => Assert.Equal(WireOutcome.Blank, WireReference.Read(Encoding.Latin1.GetBytes(line)).Outcome);

    [Theory]
    [InlineData(63, 0)]
    [InlineData(64, 3)]
    [InlineData(5000, 3)]
    public void Line_NestedInItsObject_IsTakenUpToDepth64(int arrays, int outcome)
    {
        var line = $$"""{"a":{{new string('[', arrays)}}{{new string(']', arrays)}}}""";

        Assert.Equal((WireOutcome)outcome, WireReference.Read(Encoding.UTF8.GetBytes(line)).Outcome);
    }

    [Theory]
    [InlineData("a\u00ff", "a\u00fe")]
    [InlineData("a\u00ff", "a\u00ef\u00bf\u00bd")]
    [InlineData("a\\ud800", "a\\ud801")]
    public void Names_ThatDifferInBrokenBytes_StayDifferent(string one, string other)
    {
        var line = $$"""{"scalars":[{"name":"{{one}}","values":[1]},{"name":"{{other}}","values":[1]}]}""";
        var points = WireReference.Read(Encoding.Latin1.GetBytes(line)).Points;

        Assert.NotEqual(points[0].Run, points[1].Run);
        Assert.Equal(WireReference.Text(points[0].Run), WireReference.Text(points[1].Run));
    }

    private static string Show(WirePoint point) =>
        string.Create(CultureInfo.InvariantCulture, $"{WireReference.Text(point.Run)}|{WireReference.Text(point.Tag)}={point.Value}");
}
