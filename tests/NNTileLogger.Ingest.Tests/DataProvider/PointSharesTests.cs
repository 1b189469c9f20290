using Grpc.Core;
using Microsoft.Extensions.Logging.Abstractions;
using NNTileLogger.Ingest.DataProvider;
using Xunit;

namespace NNTileLogger.Ingest.Tests.DataProvider;

public sealed class PointSharesTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(PointShares.MostOfReply + 1)]
    [InlineData(1_000_000_000)]
    public void Share_AllAskedFor_IsAll(long asked) => Assert.Equal(int.MaxValue, PointShares.Of([5, 10_000_000], asked));

    [Theory]
    [InlineData(1, 1_000_000, 1000, 1000)]
    [InlineData(50, 1_000_000, 1000, 1000)]
    [InlineData(200, 1_000_000, 1000, 500)]
    [InlineData(200, 10, 1000, 1000)]
    [InlineData(10_000, 1_000_000, 1000, 10)]
    [InlineData(200_000, 1_000_000, 1000, 1)]
    [InlineData(5_000, 1_000_000, 1, 1)]
    public void Share_OfManySeries_IsWhatAReplyHasRoomFor(int series, long count, long asked, int share) =>
        Assert.Equal(share, PointShares.Of(Enumerable.Repeat(count, series), asked));

    [Fact]
    public void Share_ShortSeriesAmongThem_LeaveTheirsToTheLongOnes()
    {
        var share = PointShares.Of([.. Enumerable.Repeat(10L, 900), .. Enumerable.Repeat(1_000_000L, 100)], 1000);

        Assert.Equal((PointShares.MostOfReply - 9000) / 100, share);
    }

    [Fact]
    public void Reply_LargerThanTensorBoardTakes_IsRefusedInWords()
    {
        var limit = new ReplyLimit(TimeProvider.System, NullLogger<ReplyLimit>.Instance);
        limit.CheckPoints([20_000_000], 1000);
        limit.CheckBytes(ReplyLimit.MostBytes);

        foreach (var check in (Action[])[() => limit.CheckPoints([20_000_000, 5_000_000], int.MaxValue), () => limit.CheckBytes(ReplyLimit.MostBytes + 1)])
        {
            var refused = Assert.Throws<RpcException>(check);
            Assert.Equal(StatusCode.ResourceExhausted, refused.StatusCode);
            Assert.Contains("--samples_per_plugin", refused.Status.Detail, StringComparison.Ordinal);
        }
    }
}
