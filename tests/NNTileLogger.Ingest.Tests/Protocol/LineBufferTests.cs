using System.Text;
using NNTileLogger.Ingest.Protocol;
using NNTileLogger.Ingest.Tests.Support;
using Xunit;

namespace NNTileLogger.Ingest.Tests.Protocol;

/// <summary>Lines come out whole however their bytes come in, and what is too much is passed over.</summary>
public sealed class LineBufferTests : IDisposable
{
    private const int MaxLine = 100;
    private readonly IngestMetrics _metrics = new();
    private readonly LineBudget _budget;

    public LineBufferTests() => _budget = new LineBudget(1 << 20, _metrics);

    public void Dispose() => _metrics.Dispose();

    [Fact]
    public void Lines_CutAtEveryPlace_ComeOutWhole()
    {
        var bytes = "{}\n\n{\"a\":1}\r\nlast"u8.ToArray();
        foreach (var (first, second) in Sequences.EverySplit(bytes))
        {
            var lines = Read(new LineBuffer(_budget, MaxLine), first, second);
            Assert.Equal(["{}\n", "\n", "{\"a\":1}\r\n", "last\n"], lines);
        }

        Assert.Equal(0, _budget.Used);
    }

    [Fact]
    public void Lines_ComingByteByByte_ComeOutWhole()
    {
        var pieces = Sequences.Pieces("first\nsecond\nthird"u8.ToArray(), 1).ToArray();
        Assert.Equal(["first\n", "second\n", "third\n"], Read(new LineBuffer(_budget, MaxLine), pieces));
    }

    [Fact]
    public void Line_AsLongAsAllowed_IsTaken()
    {
        var line = new string('x', MaxLine) + "\n";
        foreach (var (first, second) in Sequences.EverySplit(Encoding.ASCII.GetBytes(line)))
        {
            Assert.Equal([line], Read(new LineBuffer(_budget, MaxLine), first, second));
        }
    }

    [Fact]
    public void Line_LongerThanAllowed_IsPassedOverAndTheNextIsTaken()
    {
        var bytes = Encoding.ASCII.GetBytes($"a\n{new string('x', MaxLine + 1)}\nb\n");
        var cuts = 0;
        foreach (var (first, second) in Sequences.EverySplit(bytes))
        {
            cuts++;
            Assert.Equal(["a\n", "b\n"], Read(new LineBuffer(_budget, MaxLine), first, second));
        }

        Assert.Contains($"too long {cuts}", _metrics.Summary(), StringComparison.Ordinal);
    }

    [Fact]
    public void Line_MuchLongerThanItsBuffers_ComesOutWhole()
    {
        var line = new string('x', 5_000_000) + "\n";
        var pieces = Sequences.Pieces(Encoding.ASCII.GetBytes(line + "b"), 70_000, 1, 300_000).ToArray();
        Assert.Equal([line, "b\n"], Read(new LineBuffer(new LineBudget(100 << 20, _metrics), 64 << 20), pieces));
    }

    [Fact]
    public void Budget_Spent_TakesTheLargestOfThoseWithoutAValidLineFirst()
    {
        var budget = new LineBudget(100_000, _metrics);
        var trusted = new LineBuffer(budget, 1 << 20) { HasSentValidLine = true };
        var small = new LineBuffer(budget, 1 << 20);
        var large = new LineBuffer(budget, 1 << 20);
        Read(trusted, last: false, new byte[60_000]);
        Read(small, last: false, new byte[3_000]);
        Read(large, last: false, new byte[8_000]);
        Assert.False(large.IsSkipping);

        Read(small, last: false, new byte[60_000]);
        Assert.Equal((false, true, false), (trusted.IsSkipping, small.IsSkipping, large.IsSkipping));

        Assert.Equal(["next\n"], Read(small, "rest of it\nnext\n"u8.ToArray()));
    }

    [Fact]
    public void Budget_SpentByTrustedLinesAlone_TakesTheLargest()
    {
        var budget = new LineBudget(100_000, _metrics);
        var larger = new LineBuffer(budget, 1 << 20) { HasSentValidLine = true };
        var smaller = new LineBuffer(budget, 1 << 20) { HasSentValidLine = true };
        Read(larger, last: false, new byte[60_000]);
        Read(smaller, last: false, new byte[50_000]);
        Assert.Equal((true, false), (larger.IsSkipping, smaller.IsSkipping));
    }

    private static List<string> Read(LineBuffer buffer, params ReadOnlyMemory<byte>[] pieces) => Read(buffer, last: true, pieces);

    private static List<string> Read(LineBuffer buffer, bool last, params ReadOnlyMemory<byte>[] pieces)
    {
        var lines = new List<string>();
        foreach (var piece in pieces.Select(p => p))
        {
            for (var rest = piece; !rest.IsEmpty;)
            {
                var room = buffer.BeginReceive(much: true);
                var count = Math.Min(room.Length, rest.Length);
                rest[..count].CopyTo(room);
                rest = rest[count..];
                buffer.EndReceive(count);
                while (buffer.TryReadLine(out var line))
                {
                    Assert.True(line.SequenceEqual(buffer.Current));
                    lines.Add(Encoding.ASCII.GetString(line));
                }

                buffer.Park();
            }
        }

        if (last)
        {
            if (buffer.TryReadLast(out var line))
            {
                lines.Add(Encoding.ASCII.GetString(line));
            }

            buffer.Close();
        }

        return lines;
    }
}
