using CsCheck;
using NNTileLogger.Ingest.EventFiles;
using NNTileLogger.Ingest.History;
using NNTileLogger.Ingest.Tests.Support;
using Xunit;

namespace NNTileLogger.Ingest.Tests.History;

public sealed class ProtoReaderTests
{
    [Fact]
    public void Event_CutAnywhere_IsReadOrRefusedAndNeverMisread()
    {
        var file = new EventFileBuilder().Scalar(300, "a tag", 0.5f).ToArray();
        var data = file.AsSpan()[(new EventFileBuilder().Length + 12)..^4];
        Assert.True(EventView.TryRead(data, out var whole));
        Assert.Equal((300, EventFileBuilder.FirstTime + 300, EventKind.Summary), (whole.Step, whole.WallTime, whole.Kind));
        for (var length = 0; length < data.Length; length++)
        {
            Assert.False(EventView.TryRead(data[..length], out var cut) && cut.Kind == EventKind.Summary, $"read of {length} bytes");
        }
    }

    [Fact]
    public void Bytes_OfAnyKind_EndTheWalk() => Gen.Byte.Array[0, 64].Sample(bytes =>
    {
        if (EventView.TryRead(bytes, out var read) && read.Kind == EventKind.Summary)
        {
            var values = new SummaryView(read.Body);
            while (values.Next())
            {
                TensorView.TryRead(values.Value.Payload, out _);
                SeriesInfo.Of(values.Value);
            }
        }

        return true;
    }, iter: 20_000);

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(7)]
    [InlineData(31)]
    public void Records_OfAFile_AreWalkedWhereverTheBlockEnds(int step)
    {
        var file = new EventFileBuilder().Scalar(1, "a", 1).Scalar(2, "a", 2).Scalar(3, "a", 3).ToArray();
        for (var length = 0; length <= file.Length; length += step)
        {
            var walk = new RecordWalk(file.AsSpan(0, length));
            var count = 0;
            while (walk.Next())
            {
                count++;
            }

            Assert.False(walk.IsCorrupt);
            Assert.InRange(count, 0, 4);
            Assert.True(walk.Used <= length && (length < file.Length || count == 4), $"{count} records of {length} bytes");
        }
    }
}
