using System.Buffers.Binary;

namespace NNTileLogger.Ingest.Tests.Support;

/// <summary>
/// Reads a whole TFRecord file strictly: every length and both checksums of each record are verified.
/// A file that ends in the middle of a record is torn (its writer may be at work); anything else that is wrong is corrupt and throws.
/// </summary>
internal static class TFRecordReader
{
    // uint64 length | uint32 masked CRC of the length | data | uint32 masked CRC of the data
    private const int LengthSize = 8;
    private const int CrcSize = 4;

    public static TFRecords Read(ReadOnlySpan<byte> file)
    {
        var records = new List<byte[]>();
        var at = 0;
        while (at < file.Length)
        {
            var rest = file[at..];
            if (rest.Length < LengthSize + CrcSize)
            {
                return new TFRecords(records, rest.Length);
            }

            if (BinaryPrimitives.ReadUInt32LittleEndian(rest[LengthSize..]) != Crc32C.ComputeMasked(rest[..LengthSize]))
            {
                throw new InvalidDataException($"the checksum of the length at offset {at} is wrong");
            }

            var length = BinaryPrimitives.ReadUInt64LittleEndian(rest);
            rest = rest[(LengthSize + CrcSize)..];
            if ((ulong)rest.Length < length + CrcSize)
            {
                return new TFRecords(records, file.Length - at);
            }

            var data = rest[..(int)length];
            if (BinaryPrimitives.ReadUInt32LittleEndian(rest[(int)length..]) != Crc32C.ComputeMasked(data))
            {
                throw new InvalidDataException($"the checksum of the data at offset {at} is wrong");
            }

            records.Add(data.ToArray());
            at += LengthSize + CrcSize + (int)length + CrcSize;
        }

        return new TFRecords(records, 0);
    }
}

/// <summary>The whole records of a file, and how many bytes of a record that is not whole follow them (0: the file ends cleanly).</summary>
internal sealed record TFRecords(IReadOnlyList<byte[]> Records, int TornBytes)
{
    public bool IsTorn => TornBytes > 0;
}
