using System.Text;
using NNTileLogger.Ingest.Tests.Support;
using Xunit;

namespace NNTileLogger.Ingest.Tests.Outside;

/// <summary>Bad, odd and cut lines: what is lost, what is not, and that the connection lives on.</summary>
public sealed class LineTests(LineTests.OneMegabyteLines ingest) : IClassFixture<LineTests.OneMegabyteLines>
{
    private const int Limit = 1 << 20;

    /// <summary>A service that takes lines of up to 1 MiB.</summary>
    public sealed class OneMegabyteLines : RunningIngest
    {
        protected override string[] Variables => ["MAX_LINE_MB=1"];
    }

    [Theory]
    [InlineData("")]
    [InlineData("\r")]
    [InlineData("   ")]
    [InlineData("garbage")]
    [InlineData("{")]
    [InlineData("{\"scalars\":[{\"name\":\"bad\",\"values\":[1]}]")]
    [InlineData("{\"scalars\":[{\"name\":\"bad\",\"values\":[1]}]}}")]
    [InlineData("{\"scalars\":[{\"name\":\"bad\",\"values\":[1]}],}")]
    [InlineData("{\"scalars\":[{\"name\":\"bad\",\"values\":[1]}],\"x\":")]
    [InlineData("{\"scalars\":[{\"name\":\"bad\",\"values\":[1]}],\"x\":bad}")]
    [InlineData("{\"scalars\":[{\"name\":\"b\"ad\",\"values\":[1]}]}")]
    [InlineData("[{\"scalars\":[{\"name\":\"bad\",\"values\":[1]}]}]")]
    [InlineData("{\"scalars\":[{\"name\":\"bad\\u12b\0\",\"values\":[1]}]}")]
    [InlineData("{\"x\":\"\\u1\0\0\0\",\"scalars\":[{\"name\":\"bad\",\"values\":[1]}]}")]
    [InlineData("{\"x\":\"\\u 12b\",\"scalars\":[{\"name\":\"bad\",\"values\":[1]}]}")]
    [InlineData("{\"x\":\"\\u+12b\",\"scalars\":[{\"name\":\"bad\",\"values\":[1]}]}")]
    [InlineData("null")]
    [InlineData("\0\0\0\0")]
    [InlineData("GET / HTTP/1.1\r\nHost: x\r\n\r")]
    [InlineData("\u0016\u0003\u0001\u0002\0\u0001")]
    public async Task Line_ThatIsNotOneObject_IsLostAloneAndWhole(string bad)
    {
        var session = await ingest.SendAsOneSessionAsync(Lines.Scalar("a", 1) + bad + "\n" + Lines.Scalar("a", 2) + bad + "\n" + Lines.Scalar("a", 3));

        Assert.Equal(["a"], session.Runs.Keys);
        Assert.Equal([1, 2, 3], session.Values("a"));
        Assert.Equal([1, 2, 3], session.Steps("a"));
    }

    [Theory]
    [InlineData(63, 1)]
    [InlineData(64, 0)]
    [InlineData(100_000, 0)]
    public async Task Line_WithDeepNesting_IsTakenUpToDepth64(int arrays, int taken)
    {
        var deep = $$"""{"x":{{new string('[', arrays)}}{{new string(']', arrays)}},"scalars":[{"name":"deep","values":[1]}]}""" + "\n";

        var session = await ingest.SendAsOneSessionAsync(Lines.Scalar("a", 1) + deep + Lines.Scalar("a", 2));

        Assert.Equal(taken, session.Points("deep", "deep").Count);
        Assert.Equal([1, 2], session.Values("a"));
    }

    [Theory]
    [InlineData(Limit - 1, true)]
    [InlineData(Limit + 2, false)]
    [InlineData(3 * Limit, false)]
    public async Task Line_OfSomeLength_IsTakenUpToTheLimit(int length, bool taken)
    {
        var session = await ingest.SendAsOneSessionAsync(Lines.Scalar("a", 1) + Long("long", length) + "\n" + Lines.Scalar("a", 2));

        Assert.Equal(taken, session.Runs.ContainsKey("long"));
        Assert.Equal([1, 2], session.Values("a"));
    }

    [Fact]
    public async Task Line_TooLongWithoutAnEnd_LeavesNoTraceAndEndsWithItsConnection()
    {
        var before = Directory.GetFileSystemEntries(ingest.Logs.Path);

        await NNTileClient.SendWholeAsync(ingest.Port, new string('x', 5 * Limit));

        Assert.Equal(before.Order(), Directory.GetFileSystemEntries(ingest.Logs.Path).Order());
    }

    [Fact]
    public async Task LastLine_WithoutNewline_CountsWhereItIsWhole()
    {
        var session = await ingest.SendAsOneSessionAsync(Lines.Scalar("a", 1) + Lines.Scalar("a", 2).TrimEnd('\n'));

        Assert.Equal([1, 2], session.Values("a"));
    }

    [Fact]
    public async Task LastLine_CutAnywhere_DoesNotCount()
    {
        var last = Lines.Scalar("a", 2).TrimEnd('\n');
        for (var length = 1; length < last.Length; length += 7)
        {
            var session = await ingest.SendAsOneSessionAsync(Lines.Scalar("a", 1) + last[..length]);

            Assert.Equal([1], session.Values("a"));
        }
    }

    [Fact]
    public async Task Line_ArrivingInTwoPiecesCutAnywhere_IsTakenOnce()
    {
        var line = Encoding.UTF8.GetBytes(Lines.Scalar("Обучение", 1));
        var before = ingest.Logs.SessionPaths();
        using var client = await NNTileClient.ConnectAsync(ingest.Port);
        foreach (var (first, second) in Sequences.EverySplit(line))
        {
            await client.SendAsync(first);
            await client.SendAsync(second);
        }

        await client.EndAsync();

        var path = Assert.Single(ingest.Logs.SessionPaths().Except(before));
        Assert.Equal(line.Length + 1, LogDirectoryReader.ReadSession(path, writerAtWork: false).Points("Обучение", "Обучение").Count);
    }

    [Fact]
    public async Task Values_OfEveryNumberShape_ComeOutAsTheNearestFloat()
    {
        const string Odd = """
            {"scalars":[{"name":"a","values":[nan,-nan,NaN,inf,-inf,INF,Infinity,-Infinity,1e400,-1e400,null,"nan","1.5","-Inf",-0,16777217,3.5e38,1e-45,0.1,1E+2]}]}

            """;

        var session = await ingest.SendAsOneSessionAsync(Odd);

        const float Inf = float.PositiveInfinity;
        Assert.Equal(
            [float.NaN, float.NaN, float.NaN, Inf, -Inf, Inf, Inf, -Inf, Inf, -Inf, float.NaN, float.NaN, 1.5f, -Inf, -0f, 16777216, Inf, float.Epsilon, 0.1f, 100],
            session.Values("a"));
    }

    [Fact]
    public async Task Element_ThatIsWrong_IsLostAlone()
    {
        const string Mixed = """
            {"x":{"y":[1]},"workers":3,"memory_nodes":[{"name":"m","size":true},{"name":"n","size":"1073741824"}],"scalars":[{"name":"a","values":3},{"values":[1]},{"name":"","values":[1]},7,{"name":"a","values":[1,true,"x",[2],3]},{"name":"b","values":null}]}

            """;

        var session = await ingest.SendAsOneSessionAsync(Mixed);

        Assert.Equal(["a", "n"], session.Runs.Keys);
        Assert.Equal([1, 3], session.Values("a"));
        Assert.Equal(1, Assert.Single(session.Points("n", "MemoryUsage by GB")).Value);
    }

    [Fact]
    public async Task Lines_Generated_BecomeWhatTheReferenceReads()
    {
        var lines = new List<byte[]>();
        CsCheck.Check.Sample(WireLines.DamagedLine, lines.Add, iter: 3000, threads: 1);
        // Names that need escaping as directories are another topic.
        var sent = lines.Where(line => WireReference.Read(line).Points.All(point => IsPlain(point.Run))).SelectMany(line => line.Append((byte)'\n')).ToArray();
        var before = ingest.Logs.SessionPaths();

        await NNTileClient.SendWholeAsync(ingest.Port, sent);

        var path = Assert.Single(ingest.Logs.SessionPaths().Except(before));
        ExpectedCurves.Of(sent).AssertIn(LogDirectoryReader.ReadSession(path, writerAtWork: false));
    }

    private static bool IsPlain(byte[] name)
    {
        var text = WireReference.Text(name);
        return name.Length <= 255
            && text.IndexOfAny(['\uFFFD', '%', '/']) < 0
            && !text.Any(char.IsControl)
            && text is not ("." or "..")
            && text != "session.json";
    }

    private static string Long(string scalar, int length)
    {
        var line = Lines.Scalar(scalar, 1).TrimEnd('\n');
        return $$"""{"x":"{{new string('x', length - line.Length - 7)}}",{{line[1..]}}""";
    }
}
