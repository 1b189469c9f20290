using NNTileLogger.Ingest.EventFiles;
using NNTileLogger.Ingest.Tests.Support;
using Xunit;

namespace NNTileLogger.Ingest.Tests.EventFiles;

/// <summary>Records have the very bytes of TensorBoard's own writer.</summary>
public sealed class ScalarRecordTests
{
    [Fact]
    public void Record_OfAnotherWritersPoint_HasItsBytes()
    {
        var compared = 0;
        foreach (var golden in HexRecords.Load("tensorboard-event-file-writer.hex"))
        {
            var read = EventRecord.Parse(TFRecordReader.Read(golden).Records.Single().Span);
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
        foreach (var step in (long[])[1, 127, 128, 1L << 35, (1L << 49) - 1])
        {
            var bytes = Write(tag, step, 1.5, -0.25f);
            var record = EventRecord.Parse(TFRecordReader.Read(bytes).Records.Single().Span);
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

    [Fact]
    public void Records_ManyAtOnce_AreThoseWrittenOneByOne()
    {
        var values = Enumerable.Range(0, 300).Select(k => k * 0.5f).ToArray();
        foreach (var first in (long[])[1, 100, 16_300, (1L << 21) - 5, (1L << 42) - 100])
        {
            var wanted = values.SelectMany((value, k) => Write("loss", first + k, 1.5, value)).ToArray();
            var record = new ScalarRecord("loss"u8.ToArray());
            var buffer = new byte[wanted.Length + record.MaxSize];
            var size = record.Write(buffer, first, values, 1.5, out var written);
            Assert.Equal(values.Length, written);
            Assert.Equal(Convert.ToHexString(wanted), Convert.ToHexString(buffer.AsSpan(0, size)));
        }
    }

    [Fact]
    public void Records_MoreThanThereIsRoomFor_AreWrittenInParts()
    {
        var values = Enumerable.Range(0, 100).Select(k => (float)k).ToArray();
        var record = new ScalarRecord("loss"u8.ToArray());
        var read = new List<float?>();
        var buffer = new byte[500];
        for (var done = 0; done < values.Length;)
        {
            var size = record.Write(buffer, done + 1, values.AsSpan(done), 1 + done, out var written);
            Assert.InRange(written, 1, 11);
            read.AddRange(TFRecordReader.Read(buffer.AsSpan(0, size)).Records.Select(r => EventRecord.Parse(r.Span).Values.Single().SimpleValue));
            done += written;
        }

        Assert.Equal(values.Cast<float?>(), read);
    }

    [Fact]
    public void Records_OfTheSamePointsAgain_AreTheSame()
    {
        var record = new ScalarRecord("loss"u8.ToArray());
        var values = Enumerable.Range(0, 300).Select(k => (float)k).ToArray();
        foreach (var first in (long[])[1, 100, 16_300, (1L << 21) - 5, 100, 1])
        {
            var (once, again) = (new byte[64 << 10], new byte[64 << 10]);
            var size = record.Write(once, first, values, 1.5, out _);
            Assert.Equal(size, record.Write(again, first, values, 1.5, out _));
            Assert.Equal(Convert.ToHexString(once), Convert.ToHexString(again));
            Assert.Equal(Convert.ToHexString(Write("loss", first, 1.5, 0)), Convert.ToHexString(again.AsSpan(0, Write("loss", first, 1.5, 0).Length)));
        }
    }

    private static byte[] Write(string tag, long step, double wallTime, float value)
    {
        var record = new ScalarRecord(System.Text.Encoding.UTF8.GetBytes(tag));
        var buffer = new byte[record.MaxSize];
        var size = record.Write(buffer, step, [value], wallTime, out var written);
        Assert.Equal(1, written);
        return buffer[..size];
    }
}
