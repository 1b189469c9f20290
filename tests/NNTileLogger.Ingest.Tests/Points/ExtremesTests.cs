using CsCheck;
using NNTileLogger.Ingest.Points;
using Xunit;

namespace NNTileLogger.Ingest.Tests.Points;

/// <summary>Extremes found four at a time are those found one by one.</summary>
public sealed class ExtremesTests
{
    private static readonly float[] _odd = [0, -0f, 1, -1, float.MaxValue, float.MinValue, float.Epsilon, float.NaN, float.PositiveInfinity, float.NegativeInfinity];

    private static readonly Gen<float> _anyOdd = Gen.Int[0, _odd.Length - 1].Select(k => _odd[k]);

    [Fact]
    public void Extremes_AnyNumbers_AreThoseFoundOneByOne() =>
        Gen.Select(Gen.Float[-2, 2].Array[1, 70], Gen.Float[-2, 2], Gen.Float[-2, 2]).Sample(
            (values, below, above) => AssertSame(values, below, above), iter: 50_000);

    [Fact]
    public void Extremes_FewDifferentValues_AreThoseFoundOneByOne() =>
        Gen.Select(_anyOdd.Array[1, 12], _anyOdd, _anyOdd).Sample(
            (values, below, above) => AssertSame(values, below, above), iter: 200_000);

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    [InlineData(float.NegativeInfinity)]
    public void Extremes_NoNumberAtAnyPlace_AreRefused(float odd)
    {
        for (var length = 1; length <= 21; length++)
        {
            for (var at = 0; at < length; at++)
            {
                var values = Enumerable.Range(0, length).Select(k => (float)k).ToArray();
                values[at] = odd;
                Assert.False(Extremes.TryFind(values, float.NaN, float.NaN, out _, out _), $"{odd} at {at} of {length}");
            }
        }
    }

    private static void AssertSame(float[] values, float below, float above)
    {
        var isFinite = Extremes.TryFind(values, below, above, out var lowestAt, out var highestAt);
        Assert.Equal(Array.TrueForAll(values, float.IsFinite), isFinite);
        if (isFinite)
        {
            var lowest = Array.IndexOf(values, values.Min());
            var highest = Array.IndexOf(values, values.Max());
            Assert.Equal(values[lowest] >= below ? -1 : lowest, lowestAt);
            Assert.Equal(values[highest] <= above ? -1 : highest, highestAt);
        }
    }
}
