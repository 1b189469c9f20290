using CsCheck;
using NNTileLogger.Ingest.Tests.Support;
using Xunit;

namespace NNTileLogger.Ingest.Tests.Series;

/// <summary>
/// The product's way from bytes to points against a slow, obvious one, on generated lines: valid, odd, damaged, cut
/// anywhere. The section on tests in README has the command for a long run.
/// </summary>
public sealed class FuzzTests
{
    private const int LongEnough = 1 << 20;

    // Lines that have little in common, and lines as one client sends them, which are read by what they have in common.
    private static readonly Gen<byte[][]> _lines = Gen.OneOf(WireLines.DamagedLine.Array[1, 6], WireSeries.Lines);

    private static readonly Gen<byte[]> _stream = Gen.Select(_lines, Gen.Bool, Join);

    private static readonly Gen<byte[]> _shortStream = Gen.Select(WireLines.DamagedLine.Array[1, 2], Gen.Bool, Join);

    // Small limits and small pieces, so that each line is a long one at times and comes in many.
    private static readonly Gen<(byte[] Stream, int MaxLine, int[] Sizes)> _pieces = Gen.Select(
        _stream,
        Gen.OneOf<int>(Gen.Const(LongEnough), Gen.Int[1, 300]),
        Gen.Frequency<int>((3, Gen.Int[1, 12]), (3, Gen.Int[1, 200]), (1, Gen.Int[200, 3000])).Array[1, 8]);

    [Fact]
    public void AnyLine_ByProductAndReference_IsTheSame() => Fuzz.Run(
        "single lines",
        0.25,
        WireLines.DamagedLine,
        line => Agree([.. line, (byte)'\n'], LongEnough),
        line => Fuzz.Print(line));

    // What one message leaves behind (remembered names and positions, sums, cut lists) must not show in the next.
    [Fact]
    public void AnyLinesInABlock_ByProductAndReference_AreTheSame() => Fuzz.Run(
        "lines in a block", 0.35, _stream, stream => Agree(stream, LongEnough), stream => Fuzz.Print(stream));

    [Fact]
    public void AnyLinesInPieces_ByProductAndReference_AreTheSame() => Fuzz.Run(
        "lines in pieces",
        0.2,
        _pieces,
        pieces => Agree(pieces.Stream, pieces.MaxLine, pieces.Sizes),
        pieces => $"{Fuzz.Print(pieces.Stream)}\nMAX_LINE {pieces.MaxLine}, pieces of {string.Join(", ", pieces.Sizes)}");

    [Fact]
    public void AnyLines_CutAtEveryPlace_AreTheSame() => Fuzz.Run(
        "lines cut at every place", 0.2, _shortStream, AgreeAtEveryCut, stream => Fuzz.Print(stream), casesAtOnce: 20);

    private static int Agree(byte[] stream, int maxLine, params int[] sizes)
    {
        var pieces = sizes.Length == 0 ? [stream] : Sequences.Pieces(stream, sizes);
        StreamOutcome.AssertSame(StreamOutcome.OfReference(stream, maxLine), StreamOutcome.OfProduct(pieces, maxLine));
        return CountLines(stream);
    }

    private static int AgreeAtEveryCut(byte[] stream)
    {
        var wanted = StreamOutcome.OfReference(stream, LongEnough);
        foreach (var (first, second) in Sequences.EverySplit(stream))
        {
            StreamOutcome.AssertSame(wanted, StreamOutcome.OfProduct([first, second], LongEnough));
        }

        return CountLines(stream) * (stream.Length + 1);
    }

    private static byte[] Join(byte[][] lines, bool ended)
    {
        var stream = lines.SelectMany(line => line.Append((byte)'\n')).ToArray();
        return ended || stream.Length == 0 ? stream : stream[..^1];
    }

    private static int CountLines(byte[] stream) => stream.Count(b => b == '\n') + 1;
}
