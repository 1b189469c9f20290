using NNTileLogger.Ingest.Tests.Support;
using Xunit;

namespace NNTileLogger.Ingest.Tests.Outside;

/// <summary>What real clients sent, against the curves it must become: every run, tag, step and value, and nothing else.</summary>
public sealed class CurveTests(RunningIngest ingest) : IClassFixture<RunningIngest>
{
    [Theory]
    [InlineData("main-client-nan.ndjson")]
    [InlineData("tcp-client-cpu-null.ndjson")]
    [InlineData("tcp-client-opencl.ndjson")]
    public async Task Capture_SentWhole_BecomesItsCurves(string name)
    {
        var capture = Load(name);

        await AssertBecomesItsCurvesAsync(capture, [capture.Length]);
    }

    [Theory]
    [InlineData("main-client-nan.ndjson", 1, 2, 3, 5, 7, 11, 13)]
    [InlineData("tcp-client-cpu-null.ndjson", 1, 17, 5, 331, 2)]
    [InlineData("tcp-client-opencl.ndjson", 1)]
    public async Task Capture_SentInSmallPieces_BecomesItsCurves(string name, params int[] sizes) => await AssertBecomesItsCurvesAsync(Load(name), sizes);

    [Fact]
    public async Task Capture_WithCarriageReturns_BecomesTheSameCurves()
    {
        var capture = Load("tcp-client-opencl.ndjson");
        var text = System.Text.Encoding.UTF8.GetString(capture).ReplaceLineEndings("\r\n");

        var session = await ingest.SendAsOneSessionAsync(text);

        ExpectedCurves.Of(capture).AssertIn(session);
    }

    [Fact]
    public async Task Message_OfEveryKind_BecomesRunsAndTagsWithTheirUnits()
    {
        var session = await ingest.SendAsOneSessionAsync(
            """
            {"workers":[{"name":"CPU 0","total_time":0.5,"flops":2e9}],
            "memory_nodes":[{"name":"NUMA 0","size":1610612736}],
            "buses":[{"src_name":"NUMA 0","dst_name":"CUDA 0","total_bus_time":2,"transferred_bytes":8000000000}],
            "scalars":[{"name":"Train loss","values":[0.5,0.25]}]}
            """.ReplaceLineEndings("") + "\n");

        Assert.Equal(["CPU 0", "CUDA 0", "NUMA 0", "NUMA 0->CUDA 0", "Train loss"], session.Runs.Keys);
        Assert.Equal(4, Assert.Single(session.Points("CPU 0", "Perf/GFlops/s")).Value);
        Assert.Equal(1.5f, Assert.Single(session.Points("NUMA 0", "MemoryUsage by GB")).Value);
        Assert.Equal(4, Assert.Single(session.Points("NUMA 0->CUDA 0", "Perf/Data_link_GB/s")).Value);
        Assert.Equal(4, Assert.Single(session.Points("NUMA 0", "Perf/Data_send_GB/s")).Value);
        Assert.Equal(4, Assert.Single(session.Points("CUDA 0", "Perf/Data_recv_GB/s")).Value);
        Assert.Equal([0.5f, 0.25f], session.Values("Train loss"));
        Assert.Equal([1, 2], session.Steps("Train loss"));
    }

    [Fact]
    public async Task Lines_OfThousandsOfSeries_OneBehindTheOtherWithBadOnesBetween_BecomeTheirCurves()
    {
        const int lines = 12, series = 4_000;
        var text = string.Concat(Enumerable.Range(1, lines).Select(line =>
            $$"""{"scalars":[{{string.Join(',', Enumerable.Range(0, series).Select(k => $$"""{"name":"s {{k}}","values":[{{line + k}}]}"""))}}]}""" + "\nnot JSON\n"));

        var session = await ingest.SendAsOneSessionAsync(text);

        Assert.Equal(series, session.Runs.Count);
        var times = session.Points("s 0", "s 0").Select(point => point.WallTime).ToArray();
        Assert.Equal(times.Order(), times);
        Assert.All(Enumerable.Range(0, series), k =>
        {
            Assert.Equal(Enumerable.Range(1, lines).Select(line => (float)(line + k)), session.Values($"s {k}"));
            Assert.Equal(Enumerable.Range(1, lines).Select(line => (long)line), session.Steps($"s {k}"));
        });
    }

    [Fact]
    public async Task WallTime_OfAPoint_IsTheTimeOfReceipt()
    {
        var before = Now();
        var session = await ingest.SendAsOneSessionAsync(Lines.Scalar("a", 1));
        var after = Now();

        var point = Assert.Single(session.Points("a", "a"));
        // The files keep seconds as a double: a microsecond may be lost.
        Assert.InRange(point.WallTime, before - 1e-3, after + 1e-3);
    }

    [Fact]
    public async Task EventFile_OfARun_IsNamedAsReadersSortThem()
    {
        var session = await ingest.SendAsOneSessionAsync(Lines.Scalar("a", 1));

        var file = Assert.Single(LogDirectoryReader.EventFiles(session.Path));
        Assert.Matches(@"^events\.out\.tfevents\.\d{10}\..+\.\d+\.\d+$", Path.GetFileName(file));
    }

    private static double Now() => (TimeProvider.System.GetUtcNow() - DateTimeOffset.UnixEpoch).TotalSeconds;

    private static byte[] Load(string name) => File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "Captures", name));

    private async Task AssertBecomesItsCurvesAsync(byte[] capture, int[] sizes)
    {
        var before = ingest.Logs.SessionPaths();
        using var client = await NNTileClient.ConnectAsync(ingest.Port);
        foreach (var piece in Sequences.Pieces(capture, sizes))
        {
            await client.SendAsync(piece);
        }

        await client.EndAsync();

        var path = Assert.Single(ingest.Logs.SessionPaths().Except(before));
        var curves = ExpectedCurves.Of(capture);
        Assert.True(curves.PointCount > 100);
        curves.AssertIn(LogDirectoryReader.ReadSession(path, writerAtWork: false));
    }
}
