using Xunit;

namespace NNTileLogger.Ingest.Tests.Support.Tests;

/// <summary>The strict reader of the tests against records of real writers, cut and damaged ones.</summary>
public sealed class TFRecordReaderTests
{
    [Fact]
    public void Crc32C_RfcVector_IsKnown() => Assert.Equal(0xE3069283u, Crc32C.Compute("123456789"u8));

    [Fact]
    public void Reader_TensorBoardFile_GivesItsEvents()
    {
        var events = Events("tensorboard-event-file-writer.hex");

        Assert.Equal("brain.Event:2", events[0].FileVersion);
        Assert.Equal("tensorboard.summary.writer.event_file_writer", events[0].Writer);
        AssertScalar(events[1], 1700000000.25, 1, "Train loss", 0.5f);
        AssertScalar(events[2], 1700000000.75, 2, "Train loss", -1.25f);
        AssertScalar(events[3], 1700000001.5, 3, "Train loss", float.NaN);
        AssertScalar(events[4], 1700000002, 4, "Обучение/потери", float.NegativeInfinity);
        Assert.Equal([new SummaryValue("a", 1), new SummaryValue("b", 2)], events[5].Values);
        Assert.Equal(6, events.Count);
    }

    [Fact]
    public void Reader_TensorBoardXFile_GivesItsEvents()
    {
        var events = Events("tensorboardx-summary-writer.hex");

        Assert.Equal("brain.Event:2", events[0].FileVersion);
        Assert.Null(events[0].Writer);
        AssertScalar(events[1], 1700000000.25, 7, "Validation/accuracy", 0.75f);
        AssertScalar(events[2], 1700000000.75, 8, "Validation/accuracy", -0.125f);
        AssertScalar(events[3], 1700000001.5, 9, "Validation/accuracy", float.NaN);
        Assert.Equal(4, events.Count);
    }

    [Fact]
    public void Reader_FileCutAnywhere_IsTornExceptBetweenRecords()
    {
        var records = HexRecords.Load("tensorboard-event-file-writer.hex");
        var file = records.SelectMany(record => record).ToArray();
        var ends = records.Select((_, k) => records.Take(k + 1).Sum(record => record.Length)).Prepend(0).ToList();

        foreach (var (first, _) in Sequences.EverySplit(file))
        {
            var read = TFRecordReader.Read(first.Span);
            var whole = ends.FindLastIndex(end => end <= first.Length);
            Assert.Equal(whole, read.Records.Count);
            Assert.Equal(first.Length - ends[whole], read.TornBytes);
        }
    }

    [Fact]
    public void Reader_AnyBitFlipped_IsNotTakenForWhole()
    {
        var record = HexRecords.Load("tensorboardx-summary-writer.hex")[1];
        for (var bit = 0; bit < record.Length * 8; bit++)
        {
            var damaged = (byte[])record.Clone();
            damaged[bit / 8] ^= (byte)(1 << (bit % 8));
            Assert.Throws<InvalidDataException>(() => TFRecordReader.Read(damaged));
        }
    }

    private static List<EventRecord> Events(string name)
    {
        var records = TFRecordReader.Read(HexRecords.Load(name).SelectMany(record => record).ToArray());
        Assert.False(records.IsTorn);
        return [.. records.Records.Select(record => EventRecord.Parse(record.Span))];
    }

    private static void AssertScalar(EventRecord read, double wallTime, long step, string tag, float value)
    {
        Assert.Equal(wallTime, read.WallTime);
        Assert.Equal(step, read.Step);
        Assert.Equal([new SummaryValue(tag, value)], read.Values);
    }
}
