using System.Buffers.Binary;
using NNTileLogger.Ingest.Points;

namespace NNTileLogger.Ingest.EventFiles;

/// <summary>Reads back what <see cref="ScalarRecord"/> has written; pure.</summary>
internal static class ScalarRecordReader
{
    /// <summary>Reads back the record at the start of some bytes, as it was written.</summary>
    /// <param name="bytes">Whole records.</param>
    /// <param name="point">Its point.</param>
    /// <param name="tagName">Its tag as UTF-8.</param>
    /// <returns>What follows it.</returns>
    public static ReadOnlySpan<byte> Read(ReadOnlySpan<byte> bytes, out Point point, out ReadOnlySpan<byte> tagName)
    {
        var at = ScalarRecord.StepPlace + 1;
        var step = ReadVarint(bytes, ref at);
        at++;
        ReadVarint(bytes, ref at);
        at++;
        ReadVarint(bytes, ref at);
        at++;
        var length = (int)ReadVarint(bytes, ref at);
        tagName = bytes.Slice(at, length);
        var size = SizeOf(bytes);
        var value = BinaryPrimitives.ReadSingleLittleEndian(bytes[(size - ScalarRecord.ValueFromEnd)..]);
        point = new Point((long)step, WallTimeOf(bytes), value);
        return bytes[size..];
    }

    /// <summary>The wall time of such a record.</summary>
    public static double WallTimeOf(ReadOnlySpan<byte> bytes) =>
        BinaryPrimitives.ReadDoubleLittleEndian(bytes[ScalarRecord.WallTimePlace..]);

    /// <summary>Reads the values of such records of one series, up to the first of another arrival.</summary>
    /// <param name="records">The records, one behind the other; their steps are too, and their wall times never fall.</param>
    /// <param name="step">The step of the first.</param>
    /// <param name="values">Takes them, as many as fit.</param>
    /// <param name="count">How many; at least one.</param>
    /// <returns>What follows.</returns>
    public static ReadOnlySpan<byte> TakeValues(ReadOnlySpan<byte> records, long step, scoped Span<float> values, out int count)
    {
        // Records are equally long while their steps are.
        var size = SizeOf(records);
        count = (int)Math.Min(Math.Min(records.Length / size, values.Length), ScalarRecord.FirstLongerStep(step) - step);
        var wallTime = WallTimeOf(records);
        if (WallTimeOf(records[((count - 1) * size)..]) != wallTime)
        {
            count = 1;
            while (WallTimeOf(records[(count * size)..]) == wallTime)
            {
                count++;
            }
        }

        var at = size - ScalarRecord.ValueFromEnd;
        foreach (ref var value in values[..count])
        {
            value = BinaryPrimitives.ReadSingleLittleEndian(records[at..]);
            at += size;
        }

        return records[(count * size)..];
    }

    private static int SizeOf(ReadOnlySpan<byte> record) => TFRecord.Overhead + (int)BinaryPrimitives.ReadUInt64LittleEndian(record);

    private static ulong ReadVarint(ReadOnlySpan<byte> record, ref int at)
    {
        var value = 0UL;
        for (var shift = 0; ; shift += 7)
        {
            var next = record[at++];
            value |= (ulong)(next & 0x7F) << shift;
            if (next < 0x80)
            {
                return value;
            }
        }
    }
}
