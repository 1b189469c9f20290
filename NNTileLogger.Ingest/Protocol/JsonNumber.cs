using System.Buffers.Binary;
using System.Globalization;
using System.Numerics;

namespace NNTileLogger.Ingest.Protocol;

/// <summary>
/// Reads JSON numbers to exactly the double that the framework's parser gives, a few times faster; pure.
/// Digits are gathered eight at a time into an integer; the power of ten is applied by one 64 x 128 bit product
/// (D. Lemire, "Number Parsing at a Gigabyte per Second", https://arxiv.org/abs/2101.11408). What that method
/// cannot decide, and rare shapes, go to the framework's own parser.
/// </summary>
internal static class JsonNumber
{
    // Powers outside this range are so rare in measurements that a table for them would only cost start-up time.
    private const int LargestPower = 40;
    private const int MostDigits = 19;
    private const int LargestExponent = 100_000;

    private static readonly ulong[] _integerPowers = [1, 10, 100, 1_000, 10_000, 100_000, 1_000_000, 10_000_000];

    private static readonly (ulong High, ulong Low)[] _powersOfFive = MakePowersOfFive();

    /// <summary>Reads the number that begins at a place.</summary>
    /// <param name="line">Bytes that end in a byte that is no part of a number (a line's newline).</param>
    /// <param name="at">The place.</param>
    /// <param name="value">The number; infinite where it is too large for a double.</param>
    /// <returns>The place behind it; -1 where no number by JSON's grammar stands there.</returns>
    public static int Read(ReadOnlySpan<byte> line, int at, out double value)
    {
        value = 0;
        var negative = line[at] == '-';
        var first = negative ? at + 1 : at;
        var mantissa = (ulong)line[first] - '0';
        int p;
        if (mantissa <= 9 && (uint)line[first + 1] - '0' > 9)
        {
            // One digit, as most scalars begin.
            p = first + 1;
        }
        else
        {
            mantissa = 0;
            p = ReadDigits(line, first, ref mantissa);
        }

        var digits = p - first;
        if (digits == 0 || (digits > 1 && line[first] == '0'))
        {
            return -1;
        }

        var power = 0;
        if (line[p] == '.')
        {
            var fraction = p + 1;
            p = ReadDigits(line, fraction, ref mantissa);
            power = fraction - p;
            digits -= power;
            if (power == 0)
            {
                return -1;
            }
        }

        if ((line[p] | 0x20) == 'e' && !TryReadExponent(line, ref p, ref power))
        {
            return -1;
        }

        if ((digits > MostDigits && SignificantDigits(line[first..p]) > MostDigits)
            || !TryScale(mantissa, power, out value))
        {
            value = double.Parse(line[first..p], NumberStyles.Float, CultureInfo.InvariantCulture);
        }

        if (negative)
        {
            value = -value;
        }

        return p;
    }

    // Up to eight digits at once: as one word, with the bytes behind the last digit shifted out.
    private static int ReadDigits(ReadOnlySpan<byte> line, int at, ref ulong mantissa)
    {
        while (at + sizeof(ulong) <= line.Length)
        {
            var digits = BinaryPrimitives.ReadUInt64LittleEndian(line[at..]) ^ 0x3030303030303030;
            var others = (digits | (digits + 0x7676767676767676)) & 0x8080808080808080;
            if (others == 0)
            {
                mantissa = (mantissa * 100_000_000) + EightDigits(digits);
                at += sizeof(ulong);
                continue;
            }

            var count = BitOperations.TrailingZeroCount(others) >> 3;
            if (count > 0)
            {
                mantissa = (mantissa * _integerPowers[count]) + EightDigits(digits << (64 - (8 * count)));
            }

            return at + count;
        }

        uint digit;
        while ((digit = (uint)line[at] - '0') <= 9)
        {
            mantissa = (mantissa * 10) + digit;
            at++;
        }

        return at;
    }

    // Neighbours are added pairwise in three multiplications.
    private static uint EightDigits(ulong digits)
    {
        digits = (digits * 10) + (digits >> 8);
        return (uint)((((digits & 0x000000FF000000FF) * 0x000F424000000064)
            + (((digits >> 16) & 0x000000FF000000FF) * 0x0000271000000001)) >> 32);
    }

    private static bool TryReadExponent(ReadOnlySpan<byte> line, ref int p, ref int power)
    {
        p++;
        var negative = line[p] == '-';
        if (negative || line[p] == '+')
        {
            p++;
        }

        var first = p;
        var exponent = 0;
        uint digit;
        while ((digit = (uint)line[p] - '0') <= 9)
        {
            exponent = Math.Min((exponent * 10) + (int)digit, LargestExponent);
            p++;
        }

        power += negative ? -exponent : exponent;
        return p > first;
    }

    private static int SignificantDigits(ReadOnlySpan<byte> number)
    {
        var count = 0;
        foreach (var b in number)
        {
            if ((b | 0x20) == 'e')
            {
                break;
            }

            if (b is >= (byte)'0' and <= (byte)'9' && (count > 0 || b != '0'))
            {
                count++;
            }
        }

        return count;
    }

    private static bool TryScale(ulong mantissa, int power, out double value)
    {
        if (mantissa == 0)
        {
            value = 0;
            return true;
        }

        if (power == 0 && mantissa <= 1UL << 53)
        {
            value = mantissa;
            return true;
        }

        if (power is < -LargestPower or > LargestPower)
        {
            value = 0;
            return false;
        }

        return TryScaleWide(mantissa, power, out value);
    }

    private static bool TryScaleWide(ulong mantissa, int power, out double value)
    {
        const int FractionBits = 52;
        var leadingZeros = BitOperations.LeadingZeroCount(mantissa);
        mantissa <<= leadingZeros;

        var (fiveHigh, fiveLow) = _powersOfFive[power + LargestPower];
        var high = Math.BigMul(mantissa, fiveHigh, out var low);
        if ((high & 0x1FF) == 0x1FF)
        {
            // The bits below the rounding bit are all ones: the lower half of the power may carry into it.
            var carry = Math.BigMul(mantissa, fiveLow, out _);
            low += carry;
            high += low < carry ? 1UL : 0;
            if (low == ulong.MaxValue && power is < -27 or > 55)
            {
                value = 0;
                return false;
            }
        }

        var upperBit = (int)(high >> 63);
        var shift = upperBit + 64 - FractionBits - 3;
        var bits = high >> shift;
        if (low <= 1 && power is >= -4 and <= 23 && (bits & 3) == 1 && bits << shift == high)
        {
            bits &= ~1UL; // exactly half way: round to even
        }

        bits = (bits + (bits & 1)) >> 1;
        var exponent = ((217_706 * power) >> 16) + 63 + upperBit - leadingZeros + 1023; // 217706 / 65536 = log2(10)
        if (bits >= 1UL << (FractionBits + 1))
        {
            bits = 1UL << FractionBits;
            exponent++;
        }

        // Powers up to 40 of a 64-bit integer stay far from the smallest and the largest double.
        value = BitConverter.UInt64BitsToDouble((bits & ~(1UL << FractionBits)) | ((ulong)exponent << FractionBits));
        return true;
    }

    // 5^power as 128 bits, the first of them set: cut off where positive, the reciprocal rounded up where negative.
    private static (ulong High, ulong Low)[] MakePowersOfFive()
    {
        var table = new (ulong, ulong)[(2 * LargestPower) + 1];
        for (var power = -LargestPower; power <= LargestPower; power++)
        {
            var five = BigInteger.Pow(5, Math.Abs(power));
            if (power < 0)
            {
                // Down to 5^-27 the reciprocal's 128 bits must be rounded up, as halves are told exactly there.
                var bits = (int)five.GetBitLength();
                five = ((BigInteger.One << (power >= -27 ? bits + 127 : (2 * bits) + 128)) / five) + 1;
            }

            var excess = (int)five.GetBitLength() - 128;
            five = excess > 0 ? five >> excess : five << -excess;
            table[power + LargestPower] = ((ulong)(five >> 64), (ulong)(five & ulong.MaxValue));
        }

        return table;
    }
}
