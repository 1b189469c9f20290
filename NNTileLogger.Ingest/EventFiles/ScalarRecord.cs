using System.Buffers.Binary;

namespace NNTileLogger.Ingest.EventFiles;

/// <summary>
/// Writes the record of one scalar point by hand: a hundred million of them pass here in a long training, and the
/// generated messages would allocate four objects each. The bytes are those of
/// <c>Event { wall_time, step, summary { value { tag, simple_value } } }</c> in Protos/event.proto.
/// </summary>
internal static class ScalarRecord
{
    // Field tags: field number << 3 | wire type, https://protobuf.dev/programming-guides/encoding/.
    private const byte WallTime = (1 << 3) | 1;
    private const byte Step = 2 << 3;
    private const byte Summary = (5 << 3) | 2;
    private const byte Value = (1 << 3) | 2;
    private const byte Tag = (1 << 3) | 2;
    private const byte SimpleValue = (2 << 3) | 5;

    private const int WallTimeSize = 1 + sizeof(double);
    private const int SimpleValueSize = 1 + sizeof(float);
    private const int LongestVarint = 10;

    /// <summary>The most bytes a record of a tag of so many bytes can take.</summary>
    public static int MaxSize(int tagLength) =>
        TFRecord.Overhead + WallTimeSize + 1 + LongestVarint + (3 * (1 + 5)) + tagLength + SimpleValueSize;

    /// <summary>Writes one record.</summary>
    /// <param name="destination">At least <see cref="MaxSize"/> bytes.</param>
    /// <param name="tag">The tag as UTF-8.</param>
    /// <param name="step">The step, from 1.</param>
    /// <param name="wallTime">Seconds since the epoch, UTC; finite (a NaN would make readers give the file up).</param>
    /// <param name="value">The value; NaN and infinities are values.</param>
    /// <returns>The record's size in bytes.</returns>
    public static int Write(Span<byte> destination, ReadOnlySpan<byte> tag, long step, double wallTime, float value)
    {
        var valueSize = 1 + VarintSize((uint)tag.Length) + tag.Length + SimpleValueSize;
        var summarySize = 1 + VarintSize((uint)valueSize) + valueSize;

        var at = TFRecord.HeaderSize;
        destination[at++] = WallTime;
        BinaryPrimitives.WriteDoubleLittleEndian(destination[at..], wallTime);
        at += sizeof(double);
        destination[at++] = Step;
        at = WriteVarint(destination, at, (ulong)step);
        destination[at++] = Summary;
        at = WriteVarint(destination, at, (uint)summarySize);
        destination[at++] = Value;
        at = WriteVarint(destination, at, (uint)valueSize);
        destination[at++] = Tag;
        at = WriteVarint(destination, at, (uint)tag.Length);
        tag.CopyTo(destination[at..]);
        at += tag.Length;
        destination[at++] = SimpleValue;
        BinaryPrimitives.WriteSingleLittleEndian(destination[at..], value);
        at += sizeof(float) + TFRecord.FooterSize;

        TFRecord.Seal(destination[..at]);
        return at;
    }

    private static int WriteVarint(Span<byte> destination, int at, ulong value)
    {
        while (value >= 0x80)
        {
            destination[at++] = (byte)(value | 0x80);
            value >>= 7;
        }

        destination[at++] = (byte)value;
        return at;
    }

    private static int VarintSize(uint value) => value switch
    {
        < 1u << 7 => 1,
        < 1u << 14 => 2,
        < 1u << 21 => 3,
        < 1u << 28 => 4,
        _ => 5,
    };
}
