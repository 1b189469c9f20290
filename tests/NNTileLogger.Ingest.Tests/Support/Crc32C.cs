namespace NNTileLogger.Ingest.Tests.Support;

/// <summary>CRC-32C by table, and its masked form of TFRecord files. Written without the product's and the platform's own, to check them.</summary>
internal static class Crc32C
{
    // Castagnoli's polynomial, bits reversed.
    private const uint Polynomial = 0x82F63B78;

    private static readonly uint[] _table = MakeTable();

    public static uint Compute(ReadOnlySpan<byte> data)
    {
        var crc = uint.MaxValue;
        foreach (var b in data)
        {
            crc = _table[(crc ^ b) & 0xFF] ^ (crc >> 8);
        }

        return ~crc;
    }

    public static uint ComputeMasked(ReadOnlySpan<byte> data)
    {
        var crc = Compute(data);
        return unchecked(((crc >> 15) | (crc << 17)) + 0xA282EAD8);
    }

    private static uint[] MakeTable()
    {
        var table = new uint[256];
        for (var i = 0u; i < 256; i++)
        {
            var value = i;
            for (var bit = 0; bit < 8; bit++)
            {
                value = (value & 1) != 0 ? (value >> 1) ^ Polynomial : value >> 1;
            }

            table[i] = value;
        }

        return table;
    }
}
