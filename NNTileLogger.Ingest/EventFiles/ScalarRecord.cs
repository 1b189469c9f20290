using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.Intrinsics;

namespace NNTileLogger.Ingest.EventFiles;

/// <summary>
/// Writes the records of one series' points by hand: a hundred million of them pass here in a long training, and the
/// generated messages would allocate four objects each. The bytes are those of
/// <c>Event { wall_time, step, summary { value { tag, simple_value } } }</c> in Protos/event.proto. All but the wall
/// time, the step and the value is the same in every record of a series: it is kept as a template, and its checksum is
/// taken from there, as reading back what has just been written would stall. Used by one thread at a time.
/// <code>
/// length, CRC | 09 wall time | 10 step | 2a n 0a n 0a n tag 15 | value | CRC
/// 0           | 12           | 21      |                       | ^-8   | ^-4
/// </code>
/// </summary>
internal struct ScalarRecord(byte[] tag)
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

    private const int WallTimePlace = TFRecord.HeaderSize + 1;

    // With its field tag.
    private const int StepPlace = TFRecord.HeaderSize + WallTimeSize;

    // From the end.
    private const int ValueFromEnd = BehindValue + sizeof(float);
    private const int BehindValue = TFRecord.FooterSize;

    // The step's bytes must fit into the word that begins with its field tag.
    private const int LongestStep = sizeof(ulong) - 1;

    // All but each 128th step change the lowest seven bits of it only.
    private const long LastDigit = 0x7F;
    private const ulong OneStep = 1 << 8;

    private byte[] _template = [];
    private long _firstStep;
    private long _firstLongerStep;

    /// <summary>The tag as UTF-8.</summary>
    public readonly ReadOnlySpan<byte> TagName => tag;

    /// <summary>The most bytes a record can take.</summary>
    public int MaxSize { get; } = TFRecord.Overhead + WallTimeSize + 1 + LongestStep + (3 * (1 + 5)) + tag.Length + SimpleValueSize;

    /// <summary>Writes the records of some points, as many as there is room for.</summary>
    /// <param name="destination">Where to; at least <see cref="MaxSize"/> bytes for each.</param>
    /// <param name="step">The first one's step, from 1; the others follow.</param>
    /// <param name="values">The values.</param>
    /// <param name="wallTime">When they came, in seconds since the epoch.</param>
    /// <param name="written">How many were written.</param>
    /// <returns>Bytes written.</returns>
    public int Write(Span<byte> destination, long step, ReadOnlySpan<float> values, double wallTime, out int written)
    {
        var begin = BitConverter.DoubleToUInt64Bits(wallTime);
        var beginCrc = BitOperations.Crc32C(BitOperations.Crc32C(uint.MaxValue, WallTime), begin);
        var at = 0;
        written = 0;
        while (written < values.Length && destination.Length - at >= MaxSize)
        {
            var template = TemplateFor(step);
            var count = Math.Min((destination.Length - at) / template.Length, values.Length - written);
            count = (int)Math.Min(count, _firstLongerStep - step);
            var stepWord = StepWord(template, step);
            foreach (var value in values.Slice(written, count))
            {
                WriteOne(destination.Slice(at, template.Length), template, begin, beginCrc, stepWord, value);
                at += template.Length;
                step++;
                stepWord = (step & LastDigit) == 0 ? StepWord(template, step) : stepWord + OneStep;
            }

            written += count;
        }

        return at;
    }

    private static void WriteOne(
        Span<byte> record, ReadOnlySpan<byte> template, ulong wallTime, uint beginCrc, ulong stepWord, float value)
    {
        CopyTemplate(template, record);
        BinaryPrimitives.WriteUInt64LittleEndian(record[WallTimePlace..], wallTime);
        BinaryPrimitives.WriteUInt64LittleEndian(record[StepPlace..], stepWord);
        BinaryPrimitives.WriteSingleLittleEndian(record[^ValueFromEnd..], value);

        var crc = BitOperations.Crc32C(beginCrc, stepWord);
        var rest = template[(StepPlace + sizeof(ulong))..^ValueFromEnd];
        while (rest.Length >= sizeof(ulong))
        {
            crc = BitOperations.Crc32C(crc, BinaryPrimitives.ReadUInt64LittleEndian(rest));
            rest = rest[sizeof(ulong)..];
        }

        if (rest.Length >= sizeof(uint))
        {
            crc = BitOperations.Crc32C(crc, BinaryPrimitives.ReadUInt32LittleEndian(rest));
            rest = rest[sizeof(uint)..];
        }

        if (rest.Length >= sizeof(ushort))
        {
            crc = BitOperations.Crc32C(crc, BinaryPrimitives.ReadUInt16LittleEndian(rest));
            rest = rest[sizeof(ushort)..];
        }

        if (rest.Length > 0)
        {
            crc = BitOperations.Crc32C(crc, rest[0]);
        }

        crc = BitOperations.Crc32C(crc, BitConverter.SingleToUInt32Bits(value));
        BinaryPrimitives.WriteUInt32LittleEndian(record[^BehindValue..], MaskedCrc32C.Mask(~crc));
    }

    // In place of a call for each record: most are of two or three blocks.
    private static void CopyTemplate(ReadOnlySpan<byte> template, Span<byte> record)
    {
        var size = Vector256<byte>.Count;
        if (template.Length < size || !Vector256.IsHardwareAccelerated)
        {
            template.CopyTo(record);
            return;
        }

        for (var at = 0; at < template.Length - size; at += size)
        {
            Vector256.Create(template[at..]).CopyTo(record[at..]);
        }

        Vector256.Create(template[^size..]).CopyTo(record[^size..]);
    }

    // The word that begins with the step's field tag; the template's step is 0.
    private static ulong StepWord(ReadOnlySpan<byte> template, long step) =>
        BinaryPrimitives.ReadUInt64LittleEndian(template[StepPlace..]) | (Varint(step) << 8);

    private ReadOnlySpan<byte> TemplateFor(long step)
    {
        // The same points may be written again.
        if (step >= _firstLongerStep || step < _firstStep)
        {
            MakeTemplate(step);
        }

        return _template;
    }

    // For steps of as many bytes as this one.
    private void MakeTemplate(long step)
    {
        var stepSize = VarintSize((ulong)step);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(stepSize, LongestStep, nameof(step));
        (_firstStep, _firstLongerStep) = (stepSize == 1 ? 0 : 1L << (7 * (stepSize - 1)), 1L << (7 * stepSize));

        var valueSize = 1 + VarintSize((uint)tag.Length) + tag.Length + SimpleValueSize;
        var summarySize = 1 + VarintSize((uint)valueSize) + valueSize;
        var dataSize = WallTimeSize + 1 + stepSize + 1 + VarintSize((uint)summarySize) + summarySize;
        var record = new byte[dataSize + TFRecord.Overhead];

        record[TFRecord.HeaderSize] = WallTime;
        var at = StepPlace;
        record[at++] = Step;
        at += stepSize;
        record[at++] = Summary;
        at = WriteVarint(record, at, (uint)summarySize);
        record[at++] = Value;
        at = WriteVarint(record, at, (uint)valueSize);
        record[at++] = Tag;
        at = WriteVarint(record, at, (uint)tag.Length);
        tag.CopyTo(record, at);
        record[at + tag.Length] = SimpleValue;
        TFRecord.Seal(record);

        _template = record;
    }

    // Seven bits a byte, all but the last with the high bit set.
    private static ulong Varint(long step)
    {
        var rest = (ulong)step;
        var varint = rest & 0x7F;
        for (var shift = 8; (rest >>= 7) != 0; shift += 8)
        {
            varint |= (0x80UL << (shift - 8)) | ((rest & 0x7F) << shift);
        }

        return varint;
    }

    private static int WriteVarint(Span<byte> destination, int at, uint value)
    {
        while (value >= 0x80)
        {
            destination[at++] = (byte)(value | 0x80);
            value >>= 7;
        }

        destination[at++] = (byte)value;
        return at;
    }

    private static int VarintSize(ulong value) => Math.Max(1, (64 - BitOperations.LeadingZeroCount(value) + 6) / 7);
}
