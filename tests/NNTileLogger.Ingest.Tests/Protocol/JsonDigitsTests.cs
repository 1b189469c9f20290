using System.Numerics;
using System.Text;
using NNTileLogger.Ingest.Protocol;
using Xunit;

namespace NNTileLogger.Ingest.Tests.Protocol;

/// <summary>Digits are read alike at any place in a line, and whatever follows them.</summary>
public sealed class JsonDigitsTests
{
    [Fact]
    public void Digits_AnyCountAtAnyPlaceBeforeAnyByte_AreRead()
    {
        var random = new Random(5);
        for (var count = 0; count <= JsonDigits.MostAtOnce - 1; count++)
        {
            for (var before = 0; before <= 40; before++)
            {
                for (var after = 1; after <= 40; after++)
                {
                    AssertRead(random, count, before, after);
                }
            }
        }
    }

    [Fact]
    public void Digits_MoreThanAreSeenAtOnce_AreToBeAskedForAgain()
    {
        var line = Encoding.ASCII.GetBytes(new string('9', 100) + "\n");
        var number = 0UL;
        Assert.Equal(20 + JsonDigits.MostAtOnce, JsonDigits.Read(line, 20, ref number));
        Assert.Equal(100, JsonDigits.ReadAll(line, 20, ref number));
    }

    private static void AssertRead(Random random, int count, int before, int after)
    {
        var digits = string.Concat(Enumerable.Range(0, count).Select(_ => (char)random.Next('0', '9' + 1)));
        byte[] line = [.. Noise(random, before), .. Encoding.ASCII.GetBytes(digits), .. Noise(random, after)];
        var (number, all) = (7UL, 7UL);
        Assert.Equal(before + count, JsonDigits.Read(line, before, ref number));
        Assert.Equal(before + count, JsonDigits.ReadAll(line, before, ref all));

        var wanted = (ulong)(BigInteger.Parse("7" + digits, System.Globalization.CultureInfo.InvariantCulture) & ulong.MaxValue);
        Assert.True(wanted == number, $"{digits} at {before} of {line.Length}: {number}");
        Assert.True(wanted == all, $"{digits} at {before} of {line.Length}: {all}");
    }

    // Any bytes, also digits, where the next one is none.
    private static byte[] Noise(Random random, int length)
    {
        var noise = new byte[length];
        random.NextBytes(noise);
        if (length > 0 && noise[0] is >= (byte)'0' and <= (byte)'9')
        {
            noise[0] = (byte)',';
        }

        return noise;
    }
}
