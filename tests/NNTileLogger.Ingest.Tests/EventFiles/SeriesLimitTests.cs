using NNTileLogger.Ingest.EventFiles;
using Xunit;

namespace NNTileLogger.Ingest.Tests.EventFiles;

/// <summary>Who may have more series.</summary>
public sealed class SeriesLimitTests
{
    [Fact]
    public void Limit_OfASessionAndOfAll_IsKept()
    {
        var limit = new SeriesLimit(ofSession: 3000, ofAll: 4000);
        Assert.Equal(3000, TakeAll(limit));
        Assert.Equal(SeriesLimit.Always, TakeAll(limit));
        Assert.Equal(SeriesLimit.Always, TakeAll(limit));

        limit.Give(3000);
        Assert.Equal(2000, TakeAll(limit));
    }

    [Fact]
    public void Limit_OfASessionBelowWhatIsAlwaysTaken_IsKept() =>
        Assert.Equal(10, TakeAll(new SeriesLimit(ofSession: 10, ofAll: 1)));

    private static int TakeAll(SeriesLimit limit)
    {
        var has = 0;
        while (limit.TryTake(has))
        {
            has++;
        }

        return has;
    }
}
