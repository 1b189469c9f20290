using NNTileLogger.Ingest.EventFiles;
using NNTileLogger.Ingest.Tests.Support;
using Xunit;

namespace NNTileLogger.Ingest.Tests.EventFiles;

/// <summary>Records have the very bytes of TensorBoard's own writer, and are read back as they were.</summary>
public sealed class ScalarRecordTests
{
    [Fact]
    public void Record_OfAnotherWritersPoint_HasItsBytes()
    {
        var compared = 0;
        foreach (var golden in HexRecords.Load("tensorboard-event-file-writer.hex"))
        {
            var read = EventRecord.Parse(TFRecordReader.Read(golden).Records.Single());
            if (read.Values is not [{ SimpleValue: { } value } only])
            {
                continue;
            }

            Assert.Equal(Convert.ToHexString(golden), Convert.ToHexString(Write(only.Tag, read.Step, read.WallTime, value)));
            compared++;
        }

        Assert.True(compared >= 4, $"only {compared} golden records hold a scalar");
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(114)]
    [InlineData(115)]
    [InlineData(116)]
    [InlineData(119)]
    [InlineData(127)]
    [InlineData(128)]
    [InlineData(16_370)]
    [InlineData(16_384)]
    [InlineData(3_000_000)]
    public void Record_AnyTagLength_IsReadBack(int length)
    {
        var tag = new string('t', length);
        foreach (var step in (long[])[1, 127, 128, 1L << 35, long.MaxValue])
        {
            var record = EventRecord.Parse(TFRecordReader.Read(Write(tag, step, 1.5, -0.25f)).Records.Single());
            Assert.Equal((step, 1.5), (record.Step, record.WallTime));
            Assert.Equal((tag, -0.25f), (record.Values.Single().Tag, record.Values.Single().SimpleValue));
        }
    }

    [Fact]
    public void TryRead_RecordCutAtEveryPlace_IsTruncated()
    {
        var record = Write("loss", 3, 1.5, float.NaN);
        for (var length = 0; length < record.Length; length++)
        {
            Assert.Equal(TFRecordStatus.Truncated, TFRecord.TryRead(record.AsSpan(0, length), out _, out _));
        }

        Assert.Equal(TFRecordStatus.Whole, TFRecord.TryRead(record, out var data, out var size));
        Assert.Equal((record.Length, record.Length - TFRecord.Overhead), ((int)size, data.Length));
    }

    [Fact]
    public void TryRead_AnyBitFlipped_IsNeverWhole()
    {
        var record = Write("loss", 3, 1.5, 2);
        for (var bit = 0; bit < record.Length * 8; bit++)
        {
            var damaged = record.ToArray();
            damaged[bit / 8] ^= (byte)(1 << (bit % 8));
            Assert.NotEqual(TFRecordStatus.Whole, TFRecord.TryRead(damaged, out _, out _));
        }
    }

    private static byte[] Write(string tag, long step, double wallTime, float value)
    {
        var utf8 = System.Text.Encoding.UTF8.GetBytes(tag);
        var buffer = new byte[ScalarRecord.MaxSize(utf8.Length)];
        return buffer[..ScalarRecord.Write(buffer, utf8, step, wallTime, value)];
    }
}
