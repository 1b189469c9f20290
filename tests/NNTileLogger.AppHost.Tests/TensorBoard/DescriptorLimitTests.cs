using NNTileLogger.ServiceDefaults;
using Xunit;

namespace NNTileLogger.AppHost.Tests.TensorBoard;

public sealed class DescriptorLimitTests
{
    [Fact]
    public void HardLimit_LimitsFile_IsTheSecondNumber()
        => Assert.Equal(20000, DescriptorLimit.HardLimit(
            "Limit                     Soft Limit           Hard Limit           Units     \n"
            + "Max processes             95812                95812                processes \n"
            + "Max open files            1024                 20000                files     \n"));

    [Theory]
    [InlineData("Max open files            1024                 unlimited            files     \n")]
    [InlineData("")]
    public void HardLimit_NoneSaid_IsNull(string limits) => Assert.Null(DescriptorLimit.HardLimit(limits));
}
