using System.Text;
using NNTileLogger.Ingest.Protocol;
using Xunit;

namespace NNTileLogger.Ingest.Tests.Protocol;

public sealed class LineShapeTests
{
    private const string First = """{"workers":[{"name":"CPU 0","total_time":0.5,"flops":10}],"scalars":[{"name":"loss","values":[1,2]}]}""";

    private readonly Message _message = new();

    [Theory]
    [InlineData("""{"workers":[{"name":"CPU 0","total_time":0.25,"flops":20}],"scalars":[{"name":"loss","values":[]}]}""", true)]
    [InlineData("""{"workers":[{"name":"CPU 0","total_time":1e-3,"flops":-7}],"scalars":[{"name":"loss","values":[nan,"3",4,5]}]}""", true)]
    [InlineData("""{"workers":[{"name":"CPU 0","total_time":nan,"flops":10}],"scalars":[{"name":"loss","values":[1,2]}]}""", false)]
    [InlineData("""{"workers":[{"name":"CPU 1","total_time":0.5,"flops":10}],"scalars":[{"name":"loss","values":[1,2]}]}""", false)]
    [InlineData("""{"workers":[{"name":"CPU 0","total_time":0.5,"flops":10}],"scalars":[{"name":"loss","values":null}]}""", false)]
    [InlineData("""{"workers":[{"name":"CPU 0","total_time":0.5,"flops":10}],"scalars":[{"name":"loss","values":[1,2]}]} """, false)]
    [InlineData("""{"workers":[{"name":"CPU 0","total_time":0.5,"flops":01}],"scalars":[{"name":"loss","values":[1,2]}]}""", false)]
    public void Shape_Line_IsReadWhereOnlyNumbersDiffer(string line, bool isRead)
    {
        var shape = ShapeOf(First);

        Assert.Equal(isRead, shape.TryRead(Bytes(line), _message));
        if (isRead)
        {
            var wanted = Read(line, new Message());
            Assert.Equal(wanted.Workers.Span[0].Seconds, _message.Workers.Span[0].Seconds);
            Assert.Equal(wanted.Workers.Span[0].Flops, _message.Workers.Span[0].Flops);
            Assert.Equal(wanted.Values.Span.ToArray(), _message.Values.Span.ToArray());
            Assert.Equal("CPU 0", Encoding.UTF8.GetString(_message.NameIn(Bytes(line), _message.Workers.Span[0].Name)));
        }
    }

    [Fact]
    public void Shape_LineCutAtEveryPlace_IsNotRead()
    {
        var shape = ShapeOf(First);
        for (var length = 0; length < First.Length; length++)
        {
            Assert.False(shape.TryRead(Bytes(First[..length]), _message), $"the first {length} bytes were read");
        }
    }

    [Fact]
    public void Shape_NoMemoryLeft_IsNotLearnt()
    {
        var memory = new ShapeMemory(First.Length);
        var shape = new LineShape(memory, new NameNumbers());
        shape.Learn(Bytes(First), Read(First, _message));

        Assert.False(shape.TryRead(Bytes(First), _message));
    }

    [Fact]
    public void Shape_Closed_GivesItsMemoryBack()
    {
        var memory = new ShapeMemory(1_000);
        for (var connection = 0; connection < 10; connection++)
        {
            var shape = new LineShape(memory, new NameNumbers());
            shape.Learn(Bytes(First), Read(First, _message));
            Assert.True(shape.TryRead(Bytes(First), _message), $"connection {connection} has no shape");
            shape.Close();
        }
    }

    [Fact]
    public void Shapes_TwoInTurn_BothAreKnown()
    {
        var shapes = new KnownShapes(new ShapeMemory(long.MaxValue), new NameNumbers());
        string[] lines = [First, """{"workers":[{"name":"CPU 0","total_time":0.5,"flops":10}]}"""];
        foreach (var line in lines)
        {
            shapes.Learn(Bytes(line), Read(line, _message));
        }

        for (var turn = 0; turn < 10; turn++)
        {
            Assert.True(shapes.TryRead(Bytes(lines[turn % 2]), _message), $"the line of turn {turn} is not known");
            Assert.Equal(turn % 2 == 0 ? 1 : 0, _message.Scalars.Count);
        }
    }

    [Fact]
    public void Shapes_OfMoreNamesThanAreRemembered_NumberEachOfThem()
    {
        var reader = new MessageReader(new ShapeMemory(long.MaxValue));
        byte[][] lines = [LineOf("loss"), LineOf("accuracy")];
        int[][] numbers =
        [
            .. Enumerable.Range(0, 6).Select(turn =>
            {
                Assert.Equal(LineResult.Accepted, reader.Read(lines[turn % 2], _message));
                return (int[])[.. _message.Scalars.Span.ToArray().Select(scalar => scalar.Name.KnownAs)];
            }),
        ];

        // From the second time on, when a line has a known shape.
        Assert.DoesNotContain(0, numbers[2]);
        Assert.Equal(numbers[2], numbers[4]);
        Assert.Equal(numbers[3], numbers[5]);
        Assert.Empty(numbers[2].Intersect(numbers[3]));

        static byte[] LineOf(string name) =>
            Bytes($$"""{"scalars":[{{string.Join(',', Enumerable.Range(0, 20_000).Select(k => $$"""{"name":"{{name}} {{k}}","values":[{{k}}]}"""))}}]}""");
    }

    private LineShape ShapeOf(string line)
    {
        var shape = new LineShape(new ShapeMemory(long.MaxValue), new NameNumbers());
        shape.Learn(Bytes(line), Read(line, _message));
        return shape;
    }

    private static Message Read(string line, Message into)
    {
        Assert.Equal(LineResult.Accepted, new MessageReader(new ShapeMemory(0)).Read(Bytes(line), into));
        return into;
    }

    private static byte[] Bytes(string line) => Encoding.UTF8.GetBytes(line + "\n");
}
