using CsCheck;
using Xunit;

namespace NNTileLogger.Ingest.Tests.Support.Tests;

/// <summary>The generator of lines is only of use while it makes lines of every outcome, and the reference reader must take any.</summary>
public sealed class WireLinesTests
{
    [Fact]
    public void Generator_ManyLines_CoversEveryOutcome()
    {
        var outcomes = new int[4];
        var withPoints = 0;
        var withLosses = 0;
        WireLines.DamagedLine.Sample(
            line =>
            {
                var result = WireReference.Read(line);
                Interlocked.Increment(ref outcomes[(int)result.Outcome]);
                Interlocked.Add(ref withPoints, result.Points.Count > 0 ? 1 : 0);
                Interlocked.Add(ref withLosses, result.InvalidElements > 0 ? 1 : 0);
            },
            iter: 20_000,
            threads: 1);

        Assert.True(outcomes[0] > 4000, $"accepted: {outcomes[0]}");
        Assert.True(outcomes[1] > 20, $"blank: {outcomes[1]}");
        Assert.True(outcomes[2] > 4000, $"invalid: {outcomes[2]}");
        Assert.True(outcomes[3] > 20, $"too deep: {outcomes[3]}");
        Assert.True(withPoints > 2000, $"with points: {withPoints}");
        Assert.True(withLosses > 1000, $"with losses: {withLosses}");
    }
}
