using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace NNTileLogger.Ingest.Protocol;

/// <summary>
/// Reads runs of decimal digits, all of a usual number at once; pure. Numbers of measurements have 15 to 18 digits, so
/// that any branch on how many there are would be guessed wrong every other time.
/// </summary>
internal static class JsonDigits
{
    /// <summary>Digits that are seen at once; where there are so many, more may follow.</summary>
    public const int MostAtOnce = 20;

    private const int Sixteen = 16;

    private static readonly ulong[] _powersOfTen =
    [
        1, 10, 100, 1_000, 10_000, 100_000, 1_000_000, 10_000_000, 100_000_000, 1_000_000_000, 10_000_000_000,
        100_000_000_000, 1_000_000_000_000, 10_000_000_000_000, 100_000_000_000_000, 1_000_000_000_000_000,
        10_000_000_000_000_000, 100_000_000_000_000_000, 1_000_000_000_000_000_000, 10_000_000_000_000_000_000, 0,
    ];

    // Sixteen of these bytes from a place on keep as many lanes, the last ones, as the place says.
    private static ReadOnlySpan<byte> LastLanes =>
    [
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
        15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15,
    ];

    /// <summary>Reads digits and puts them behind those of a number.</summary>
    /// <param name="line">Bytes that end in one that is no digit.</param>
    /// <param name="at">The place of the first.</param>
    /// <param name="number">The number; of use while it has 19 digits at most.</param>
    /// <returns>The place behind the digits; behind <see cref="MostAtOnce"/> of them another may stand.</returns>
    public static int Read(ReadOnlySpan<byte> line, int at, ref ulong number)
    {
        if (!Sse41.IsSupported || at < Sixteen || at + MostAtOnce > line.Length)
        {
            return ReadAll(line, at, ref number);
        }

        var count = CountDigits(line[at..]);
        var behind = at + count;

        // The last sixteen, of which there may be fewer, and up to four before them.
        var lastCount = Math.Min(count, Sixteen);
        var last = (Vector128.Create(line[(behind - Sixteen)..]) ^ Vector128.Create((byte)'0')) & Vector128.Create(LastLanes[lastCount..]);
        var first = (ulong)(BinaryPrimitives.ReadUInt32LittleEndian(line[at..]) ^ 0x30303030) << (32 - (8 * (count - lastCount)));
        number = (number * _powersOfTen[count]) + (FourDigits((uint)first) * 10_000_000_000_000_000) + SixteenDigits(last);
        return behind;
    }

    /// <summary>Reads any number of digits, eight at a time.</summary>
    /// <param name="line">Bytes that end in one that is no digit.</param>
    /// <param name="at">The place of the first.</param>
    /// <param name="number">The number; of use while it has 19 digits at most.</param>
    /// <returns>The place behind the digits.</returns>
    public static int ReadAll(ReadOnlySpan<byte> line, int at, ref ulong number)
    {
        // As one word, with the bytes behind the last digit shifted out.
        while (at + sizeof(ulong) <= line.Length)
        {
            var digits = BinaryPrimitives.ReadUInt64LittleEndian(line[at..]) ^ 0x3030303030303030;
            var others = (digits | (digits + 0x7676767676767676)) & 0x8080808080808080;
            if (others == 0)
            {
                number = (number * 100_000_000) + EightDigits(digits);
                at += sizeof(ulong);
                continue;
            }

            var count = BitOperations.TrailingZeroCount(others) >> 3;
            if (count > 0)
            {
                number = (number * _powersOfTen[count]) + EightDigits(digits << (64 - (8 * count)));
            }

            return at + count;
        }

        uint digit;
        while ((digit = (uint)line[at] - '0') <= 9)
        {
            number = (number * 10) + digit;
            at++;
        }

        return at;
    }

    private static int CountDigits(ReadOnlySpan<byte> text)
    {
        const int Second = MostAtOnce - Sixteen;
        var others = Others(Vector128.Create(text)) | (Others(Vector128.Create(text[Second..])) << Second);
        return BitOperations.TrailingZeroCount(others | (1U << MostAtOnce));
    }

    private static uint Others(Vector128<byte> text) =>
        Vector128.GreaterThan(text - Vector128.Create((byte)'0'), Vector128.Create((byte)9)).ExtractMostSignificantBits();

    // Neighbours are added pairwise, four times.
    private static ulong SixteenDigits(Vector128<byte> digits)
    {
        var twos = Ssse3.MultiplyAddAdjacent(digits, Vector128.Create((ushort)0x010A).AsSByte());
        var fours = Sse2.MultiplyAddAdjacent(twos, Vector128.Create(0x0001_0064).AsInt16());
        var packed = Sse41.PackUnsignedSaturate(fours, fours).AsInt16();
        var eights = Sse2.MultiplyAddAdjacent(packed, Vector128.Create(0x0001_2710).AsInt16()).AsUInt64()[0];
        return ((eights & uint.MaxValue) * 100_000_000) + (eights >> 32);
    }

    // The same in three multiplications.
    private static uint EightDigits(ulong digits)
    {
        digits = (digits * 10) + (digits >> 8);
        return (uint)((((digits & 0x000000FF000000FF) * 0x000F424000000064)
            + (((digits >> 16) & 0x000000FF000000FF) * 0x0000271000000001)) >> 32);
    }

    private static ulong FourDigits(uint digits)
    {
        digits = ((digits * 10) + (digits >> 8)) & 0x00FF00FF;
        return ((digits * 100) + (digits >> 16)) & 0xFFFF;
    }
}
