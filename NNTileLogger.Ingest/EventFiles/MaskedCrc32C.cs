using System.Buffers.Binary;
using System.Numerics;

namespace NNTileLogger.Ingest.EventFiles;

/// <summary>
/// The checksum of a TFRecord: CRC-32C, rotated and offset, since a CRC over data that itself holds CRCs is weak
/// (https://github.com/google/leveldb/blob/main/util/crc32c.h says so, and TensorFlow took the mask from there).
/// </summary>
internal static class MaskedCrc32C
{
    private const uint MaskDelta = 0xa282ead8;

    public static uint Compute(ReadOnlySpan<byte> data)
    {
        var crc = uint.MaxValue;
        while (data.Length >= sizeof(ulong))
        {
            crc = BitOperations.Crc32C(crc, BinaryPrimitives.ReadUInt64LittleEndian(data));
            data = data[sizeof(ulong)..];
        }

        if (data.Length >= sizeof(uint))
        {
            crc = BitOperations.Crc32C(crc, BinaryPrimitives.ReadUInt32LittleEndian(data));
            data = data[sizeof(uint)..];
        }

        foreach (var b in data)
        {
            crc = BitOperations.Crc32C(crc, b);
        }

        return Mask(~crc);
    }

    /// <summary>The checksum of a record's eight length bytes.</summary>
    public static uint ComputeLength(ulong length) => Mask(~BitOperations.Crc32C(uint.MaxValue, length));

    /// <summary>The mask over a finished CRC.</summary>
    public static uint Mask(uint crc) => BitOperations.RotateRight(crc, 15) + MaskDelta;
}
