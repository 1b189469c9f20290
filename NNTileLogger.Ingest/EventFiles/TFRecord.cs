using System.Buffers.Binary;

namespace NNTileLogger.Ingest.EventFiles;

/// <summary>
/// The framing of an event file's records; pure functions over bytes.
/// <code>
/// uint64 length | uint32 masked CRC of the length | data | uint32 masked CRC of the data     (all little-endian)
/// </code>
/// https://github.com/tensorflow/tensorflow/blob/v2.16.1/tensorflow/core/lib/io/record_writer.h
/// </summary>
internal static class TFRecord
{
    public const int LengthSize = sizeof(ulong);
    public const int HeaderSize = LengthSize + sizeof(uint);
    public const int FooterSize = sizeof(uint);
    public const int Overhead = HeaderSize + FooterSize;

    /// <summary>
    /// Puts header and footer around the data that already stands at <c>record[HeaderSize..^FooterSize]</c>.
    /// </summary>
    public static void Seal(Span<byte> record)
    {
        var data = record[HeaderSize..^FooterSize];
        var length = (ulong)data.Length;
        BinaryPrimitives.WriteUInt64LittleEndian(record, length);
        BinaryPrimitives.WriteUInt32LittleEndian(record[LengthSize..], MaskedCrc32C.ComputeLength(length));
        BinaryPrimitives.WriteUInt32LittleEndian(record[^FooterSize..], MaskedCrc32C.Compute(data));
    }

    /// <summary>Reads the record at the start of <paramref name="bytes"/>.</summary>
    /// <param name="bytes">A part of an event file that begins at a record.</param>
    /// <param name="data">The record's data where the result is <see cref="TFRecordStatus.Whole"/>.</param>
    /// <param name="size">
    /// Bytes the record takes in the file, header and footer included; known once the header is good, also where the data is corrupt.
    /// </param>
    public static TFRecordStatus TryRead(ReadOnlySpan<byte> bytes, out ReadOnlySpan<byte> data, out long size)
    {
        data = default;
        size = HeaderSize;
        if (bytes.Length < HeaderSize)
        {
            return TFRecordStatus.Truncated;
        }

        var length = BinaryPrimitives.ReadUInt64LittleEndian(bytes);
        if (BinaryPrimitives.ReadUInt32LittleEndian(bytes[LengthSize..]) != MaskedCrc32C.ComputeLength(length)
            || length > int.MaxValue - Overhead)
        {
            return TFRecordStatus.Corrupt;
        }

        size = Overhead + (long)length;
        if (bytes.Length < size)
        {
            return TFRecordStatus.Truncated;
        }

        var body = bytes.Slice(HeaderSize, (int)length);
        if (BinaryPrimitives.ReadUInt32LittleEndian(bytes[(HeaderSize + (int)length)..]) != MaskedCrc32C.Compute(body))
        {
            return TFRecordStatus.Corrupt;
        }

        data = body;
        return TFRecordStatus.Whole;
    }
}

/// <summary>What stands at a place in an event file.</summary>
internal enum TFRecordStatus
{
    /// <summary>A record with good checksums.</summary>
    Whole,

    /// <summary>The beginning of a record: more may follow, or the writer was killed here.</summary>
    Truncated,

    /// <summary>No record: a checksum is wrong. Nothing behind this place can be read.</summary>
    Corrupt,
}
