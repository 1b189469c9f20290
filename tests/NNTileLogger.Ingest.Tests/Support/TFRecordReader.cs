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

    public static TFRecords Read(ReadOnlySpan<byte> file) => Read(file.ToArray());

    /// <param name="file">The file's bytes.</param>
    /// <param name="mayBeDamaged">
    /// True after a power cut, where pages of a file may be missing: what is corrupt and all behind it count as torn.
    /// </param>
    public static TFRecords Read(byte[] file, bool mayBeDamaged = false)
    {
        var records = new List<ReadOnlyMemory<byte>>();
        var at = 0;
        while (at < file.Length)
        {
            var rest = file.AsSpan(at);
            if (rest.Length < LengthSize + CrcSize)
            {
                return new TFRecords(records, rest.Length);
            }

            if (BinaryPrimitives.ReadUInt32LittleEndian(rest[LengthSize..]) != Crc32C.ComputeMasked(rest[..LengthSize]))
            {
                return Damaged("length");
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
                return Damaged("data");
            }

            records.Add(file.AsMemory(at + LengthSize + CrcSize, data.Length));
            at += LengthSize + CrcSize + (int)length + CrcSize;
        }

        return new TFRecords(records, 0);

        TFRecords Damaged(string what) => mayBeDamaged
            ? new TFRecords(records, file.Length - at)
            : throw new InvalidDataException($"the checksum of the {what} at offset {at} is wrong");
    }
}

/// <summary>The whole records of a file, and how many bytes of a record that is not whole follow them (0: the file ends cleanly).</summary>
internal sealed record TFRecords(IReadOnlyList<ReadOnlyMemory<byte>> Records, int TornBytes)
{
    public bool IsTorn => TornBytes > 0;
}
