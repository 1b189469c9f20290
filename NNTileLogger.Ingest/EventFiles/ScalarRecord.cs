using System.Buffers.Binary;
using System.Numerics;
using NNTileLogger.Ingest.Points;

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
    private const int StepPlace = TFRecord.HeaderSize + WallTimeSize;
    private const int BehindValue = TFRecord.FooterSize;
    private const int ValueFromEnd = BehindValue + sizeof(float);

    // The step's bytes must fit into the word that begins with its field tag.
    private const int LongestStep = sizeof(ulong) - 1;

    private byte[] _template = [];
    private ulong _stepWord;
    private ulong _aroundStep;
    private long _lastStep;
    private long _firstLongerStep;
    private double _wallTime;

    /// <summary>The tag as UTF-8.</summary>
    public readonly ReadOnlySpan<byte> TagName => tag;

    /// <summary>The most bytes a record can take.</summary>
    public int MaxSize { get; } = TFRecord.Overhead + WallTimeSize + 1 + LongestStep + (3 * (1 + 5)) + tag.Length + SimpleValueSize;

    /// <summary>The checksum of a record's beginning, which all records of one arrival share.</summary>
    public static uint BeginCrc(double wallTime)
    {
        var bits = BitConverter.DoubleToUInt64Bits(wallTime);
        return BitOperations.Crc32C(BitOperations.Crc32C(uint.MaxValue, WallTime), bits);
    }

    /// <summary>Writes the record of one point.</summary>
    /// <param name="destination">Where to; at least <see cref="MaxSize"/> bytes.</param>
    /// <param name="step">Its step, from 1.</param>
    /// <param name="value">Its value; NaN and infinities are values.</param>
    /// <param name="arrival">When it came.</param>
    /// <returns>Bytes written.</returns>
    public int Write(Span<byte> destination, long step, float value, in Arrival arrival)
    {
        Prepare(step, arrival);
        ReadOnlySpan<byte> template = _template;
        WriteOne(destination[..template.Length], template, NextStepWord(step), value, arrival.BeginCrc);
        return template.Length;
    }

    /// <summary>Writes the records of some points, as many as there is room for.</summary>
    /// <param name="destination">Where to; at least <see cref="MaxSize"/> bytes for each.</param>
    /// <param name="step">The first one's step, from 1; the others follow.</param>
    /// <param name="values">The values.</param>
    /// <param name="arrival">When they came.</param>
    /// <param name="written">How many were written.</param>
    /// <returns>Bytes written.</returns>
    public int Write(Span<byte> destination, long step, ReadOnlySpan<float> values, in Arrival arrival, out int written)
    {
        var at = 0;
        written = 0;
        while (written < values.Length && destination.Length - at >= MaxSize)
        {
            Prepare(step, arrival);
            ReadOnlySpan<byte> template = _template;
            var count = Math.Min((destination.Length - at) / template.Length, values.Length - written);
            count = (int)Math.Min(count, _firstLongerStep - step);
            foreach (var value in values.Slice(written, count))
            {
                WriteOne(destination.Slice(at, template.Length), template, NextStepWord(step), value, arrival.BeginCrc);
                at += template.Length;
                step++;
            }

            written += count;
        }

        return at;
    }

    /// <summary>Reads back the record at the start of some bytes, which this class has written.</summary>
    /// <param name="bytes">Whole records.</param>
    /// <param name="point">Its point.</param>
    /// <param name="tagName">Its tag as UTF-8.</param>
    /// <returns>What follows it.</returns>
    public static ReadOnlySpan<byte> Read(ReadOnlySpan<byte> bytes, out Point point, out ReadOnlySpan<byte> tagName)
    {
        var at = StepPlace + 1;
        var step = ReadVarint(bytes, ref at);
        at++;
        ReadVarint(bytes, ref at);
        at++;
        ReadVarint(bytes, ref at);
        at++;
        var length = (int)ReadVarint(bytes, ref at);
        tagName = bytes.Slice(at, length);
        var size = SizeOf(bytes);
        var value = BinaryPrimitives.ReadSingleLittleEndian(bytes[(size - ValueFromEnd)..]);
        point = new Point((long)step, WallTimeOf(bytes), value);
        return bytes[size..];
    }

    /// <summary>The wall time of such a record.</summary>
    public static double WallTimeOf(ReadOnlySpan<byte> bytes) =>
        BinaryPrimitives.ReadDoubleLittleEndian(bytes[(TFRecord.HeaderSize + 1)..]);

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
        count = (int)Math.Min(Math.Min(records.Length / size, values.Length), FirstLongerStep(step) - step);
        var wallTime = WallTimeOf(records);
        if (WallTimeOf(records[((count - 1) * size)..]) != wallTime)
        {
            count = 1;
            while (WallTimeOf(records[(count * size)..]) == wallTime)
            {
                count++;
            }
        }

        var at = size - ValueFromEnd;
        foreach (ref var value in values[..count])
        {
            value = BinaryPrimitives.ReadSingleLittleEndian(records[at..]);
            at += size;
        }

        return records[(count * size)..];
    }

    private static void WriteOne(Span<byte> record, ReadOnlySpan<byte> template, ulong stepWord, float value, uint crc)
    {
        template.CopyTo(record);
        BinaryPrimitives.WriteUInt64LittleEndian(record[StepPlace..], stepWord);
        BinaryPrimitives.WriteSingleLittleEndian(record[^ValueFromEnd..], value);

        crc = BitOperations.Crc32C(crc, stepWord);
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

    private void Prepare(long step, in Arrival arrival)
    {
        if (step >= _firstLongerStep)
        {
            MakeTemplate(step);
        }

        if (arrival.WallTime != _wallTime)
        {
            _wallTime = arrival.WallTime;
            BinaryPrimitives.WriteDoubleLittleEndian(_template.AsSpan(TFRecord.HeaderSize + 1), _wallTime);
        }
    }

    // The word that begins with the step: one more than the last time in all but each 128th point.
    private ulong NextStepWord(long step)
    {
        _stepWord = (step & 0x7F) == 0 || _lastStep + 1 != step
            ? (_stepWord & _aroundStep) | (Varint(step) << 8)
            : _stepWord + (1 << 8);
        _lastStep = step;
        return _stepWord;
    }

    // For steps of as many bytes as this one.
    private void MakeTemplate(long step)
    {
        var stepSize = VarintSize((ulong)step);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(stepSize, LongestStep, nameof(step));
        _firstLongerStep = FirstLongerStep(step);

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
        _stepWord = BinaryPrimitives.ReadUInt64LittleEndian(record.AsSpan(StepPlace));
        _aroundStep = ~(((1UL << (8 * stepSize)) - 1) << 8);
        _lastStep = 0;
        // The wall time is put in with the next point.
        _wallTime = double.NaN;
    }

    private static int SizeOf(ReadOnlySpan<byte> record) => TFRecord.Overhead + (int)BinaryPrimitives.ReadUInt64LittleEndian(record);

    private static long FirstLongerStep(long step) => 1L << (7 * VarintSize((ulong)step));

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

/// <summary>When a block of bytes was received: read once for all points in it.</summary>
/// <param name="WallTime">Seconds since the epoch, never less than an earlier block's of the same session; finite (a NaN would make readers give the file up).</param>
/// <param name="Timestamp">The monotonic clock of the <see cref="TimeProvider"/>.</param>
internal readonly record struct Arrival(double WallTime, long Timestamp)
{
    /// <summary>What the records' checksums begin with.</summary>
    public uint BeginCrc { get; } = ScalarRecord.BeginCrc(WallTime);
}
