using Xunit;

namespace NNTileLogger.AppHost.Tests;

public sealed class SmokeTests
{
    [Fact]
    public void Runs() => Assert.True(true);
}
