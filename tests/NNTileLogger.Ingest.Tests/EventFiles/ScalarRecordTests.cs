using System.Text;
using NNTileLogger.Ingest.EventFiles;
using NNTileLogger.Ingest.Tests.Support;
using Xunit;
using Point = NNTileLogger.Ingest.Points.Point;

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

            var behind = ScalarRecordReader.Read([.. bytes, 1, 2, 3], out var point, out var tagName);
            Assert.Equal(new Point(step, 1.5, -0.25f), point);
            Assert.Equal(tag, Encoding.UTF8.GetString(tagName));
            Assert.Equal(3, behind.Length);
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
            var size = record.Write(buffer, first, values, new Arrival(1.5, 0), out var written);
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
            var size = record.Write(buffer, done + 1, values.AsSpan(done), new Arrival(1 + done, 0), out var written);
            Assert.InRange(written, 1, 11);
            read.AddRange(TFRecordReader.Read(buffer.AsSpan(0, size)).Records.Select(r => EventRecord.Parse(r.Span).Values.Single().SimpleValue));
            done += written;
        }

        Assert.Equal(values.Cast<float?>(), read);
    }

    [Theory]
    [InlineData(256)]
    [InlineData(7)]
    [InlineData(1)]
    public void Values_OfRecordsOfSomeArrivals_AreReadBackByArrival(int most)
    {
        var arrivals = Enumerable.Range(0, 12).SelectMany(k => Enumerable.Repeat(1.5 + k, 1 + (k * k % 40))).ToArray();
        foreach (var first in (long[])[1, 100, 16_300, (1L << 42) - 100])
        {
            ReadOnlySpan<byte> records = arrivals.SelectMany((wallTime, k) => Write("loss", first + k, wallTime, first + k)).ToArray();
            var values = new float[most];
            for (var done = 0; done < arrivals.Length;)
            {
                Assert.Equal(arrivals[done], ScalarRecordReader.WallTimeOf(records));
                records = ScalarRecordReader.TakeValues(records, first + done, values, out var count);
                Assert.InRange(count, 1, most);
                Assert.All(arrivals[done..(done + count)], wallTime => Assert.Equal(arrivals[done], wallTime));
                Assert.Equal(Enumerable.Range(done, count).Select(k => (float)(first + k)), values.Take(count));
                done += count;
            }

            Assert.Equal(0, records.Length);
        }
    }

    private static byte[] Write(string tag, long step, double wallTime, float value)
    {
        var record = new ScalarRecord(System.Text.Encoding.UTF8.GetBytes(tag));
        var buffer = new byte[record.MaxSize];
        var size = record.Write(buffer, step, [value], new Arrival(wallTime, 0), out var written);
        Assert.Equal(1, written);
        return buffer[..size];
    }
}
