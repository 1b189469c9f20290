using System.Globalization;
using System.Text;
using CsCheck;
using NNTileLogger.Ingest.Protocol;
using Xunit;

namespace NNTileLogger.Ingest.Tests.Protocol;

/// <summary>Numbers are read to the very bits that the framework's parser gives.</summary>
public sealed class JsonNumberTests
{
    [Theory]
    [InlineData("0")]
    [InlineData("-0")]
    [InlineData("-0.0e-5")]
    [InlineData("0.1")]
    [InlineData("0.9900498390197754")]
    [InlineData("0.0039488349999999995")]
    [InlineData("8444218515250.481")]
    [InlineData("18446744073709551615")]
    [InlineData("18446744073709551616")]
    [InlineData("9007199254740993")]
    [InlineData("9007199254740992.5")]
    [InlineData("9007199254740993.0000000000000000000000001")]
    [InlineData("179769313486231580793728971405303415079934132710037826936173778980444968292764750946649017977587207096330286416692887910946555547851940402630657488671505820681908902000708383676273854845817711531764475730270069855571366959622842914819860834936475292719074168444365510704342711559699508093042880e0")]
    [InlineData("1.7976931348623157e308")]
    [InlineData("1.7976931348623159e308")]
    [InlineData("1e400")]
    [InlineData("-1e400")]
    [InlineData("2.2250738585072011e-308")]
    [InlineData("2.2250738585072014e-308")]
    [InlineData("4.9406564584124654e-324")]
    [InlineData("2.4703282292062327e-324")]
    [InlineData("1e-400")]
    [InlineData("7.3177701707893310e+15")]
    [InlineData("9.5e-40")]
    [InlineData("1e23")]
    [InlineData("8.5e22")]
    [InlineData("1234567890123456789e-40")]
    [InlineData("1234567890123456789e40")]
    [InlineData("1234567890123456789e41")]
    [InlineData("6.0221409e+23")]
    [InlineData("1e999999999999")]
    [InlineData("0e999999999999")]
    [InlineData("1e-999999999999")]
    [InlineData("0.00000000000000000000000000000000000000000000000000000000000000000000001")]
    [InlineData("100000000000000000000000000000000000000000000000000000000000000000000000")]
    public void Number_KnownHardCase_IsExact(string text) => AssertExact(text);

    [Theory]
    [InlineData("")]
    [InlineData("-")]
    [InlineData("+1")]
    [InlineData("01")]
    [InlineData("-01")]
    [InlineData("00")]
    [InlineData(".5")]
    [InlineData("1.")]
    [InlineData("1.e5")]
    [InlineData("1e")]
    [InlineData("1e+")]
    [InlineData("1E-")]
    [InlineData("nan")]
    [InlineData("x")]
    public void Number_NotOfJsonsGrammar_IsRefused(string text)
    {
        var behind = JsonNumber.Read(Encoding.ASCII.GetBytes(text + "\n"), 0, out _);
        Assert.True(behind == -1, $"{text} was read as a number of {behind} bytes");
        Assert.Equal(-1, JsonNumber.ReadSingle(Encoding.ASCII.GetBytes(text + "\n"), 0, out _));
    }

    [Fact]
    public void Number_FollowedByAnything_EndsBeforeIt()
    {
        foreach (var follower in ",]} \t\r\n\"x:")
        {
            var behind = JsonNumber.Read(Encoding.ASCII.GetBytes($"[[-12.5e1{follower}\n"), 2, out var value);
            Assert.Equal((9, -125.0), (behind, value));
            behind = JsonNumber.ReadSingle(Encoding.ASCII.GetBytes($"[[-12.5e1{follower}\n"), 2, out var single);
            Assert.Equal((9, -125f), (behind, single));
        }
    }

    [Fact]
    public void Number_AnyDouble_IsExact() =>
        Gen.Double.Where(double.IsFinite).Select(value => value.ToString("R", CultureInfo.InvariantCulture))
            .Sample(AssertExact, iter: 300_000);

    [Fact]
    public void Number_AnyFloatAsDoubleOrItself_IsExact() =>
        Gen.Float.Where(float.IsFinite).Sample(
            value =>
            {
                AssertExact(value.ToString("R", CultureInfo.InvariantCulture));
                AssertExact(((double)value).ToString("R", CultureInfo.InvariantCulture));
            },
            iter: 200_000);

    [Fact]
    public void Number_AnyDigitsAndExponent_IsExact() =>
        Gen.Select(
            Gen.OneOf<string>("", "-"),
            Gen.OneOf(Gen.Const("0"), Gen.Select(Gen.Char['1', '9'], Gen.Char['0', '9'].Array[0, 22], (first, rest) => first + new string(rest))),
            Gen.Char['0', '9'].Array[0, 26].Select(digits => digits.Length == 0 ? "" : "." + new string(digits)),
            Gen.OneOf(Gen.Const(""), Gen.Int[-330, 330].Select(e => "e" + e.ToString(CultureInfo.InvariantCulture)), Gen.Int[0, 45].Select(e => "E-" + e.ToString(CultureInfo.InvariantCulture))),
            (sign, whole, fraction, exponent) => sign + whole + fraction + exponent)
        .Sample(AssertExact, iter: 300_000);

    // Halves between two doubles and their neighbours: where one wrong bit of the power of ten shows.
    [Fact]
    public void Number_HalfWayBetweenDoubles_IsRoundedToEven() =>
        Gen.Select(Gen.Long[1L << 53, (1L << 54) - 1], Gen.Int[0, 10], Gen.Int[-1, 1]).Sample(
            (mantissa, shift, off) =>
            {
                var half = new System.Numerics.BigInteger((2 * mantissa) + 1) << shift;
                AssertExact((half + off).ToString(CultureInfo.InvariantCulture));
                AssertExact((half * 1000).ToString(CultureInfo.InvariantCulture) + "e-3");
            },
            iter: 100_000);

    // Halves between two floats and their neighbours: a division alone does not tell to which side they belong.
    [Fact]
    public void Single_NearHalfWayBetweenFloats_IsTheDoublesNearest() =>
        Gen.Select(Gen.Int[1 << 23, (1 << 24) - 1], Gen.Int[-40, 40], Gen.Int[-3, 3]).Sample(
            (mantissa, exponent, off) =>
            {
                var half = (mantissa + 0.5) * Math.Pow(2, exponent);
                var near = BitConverter.Int64BitsToDouble(BitConverter.DoubleToInt64Bits(half) + off);
                AssertExact(near.ToString("R", CultureInfo.InvariantCulture));
                AssertExact(near.ToString("F17", CultureInfo.InvariantCulture));
            },
            iter: 100_000);

    // Where it stands in a line decides on how it is read.
    private static void AssertExact(string text)
    {
        AssertExact(text, "", "\n");
        AssertExact(text, "{\"values\":[0.123,", ",0.987654321,12345678901234567890]}\n");
    }

    private static void AssertExact(string text, string before, string behind)
    {
        var line = Encoding.ASCII.GetBytes(before + text + behind);
        var end = JsonNumber.Read(line, before.Length, out var value);
        Assert.True(end == before.Length + text.Length, $"{text} was read up to {end - before.Length}");
        var wanted = double.Parse(text, NumberStyles.Float, CultureInfo.InvariantCulture);
        Assert.True(
            BitConverter.DoubleToInt64Bits(wanted) == BitConverter.DoubleToInt64Bits(value),
            string.Create(CultureInfo.InvariantCulture, $"{text} was read as {value:R}, wanted {wanted:R}"));

        Assert.Equal(end, JsonNumber.ReadSingle(line, before.Length, out var single));
        Assert.True(
            BitConverter.SingleToInt32Bits((float)wanted) == BitConverter.SingleToInt32Bits(single),
            string.Create(CultureInfo.InvariantCulture, $"{text} was read as {single:R}, wanted {(float)wanted:R}"));
    }
}
