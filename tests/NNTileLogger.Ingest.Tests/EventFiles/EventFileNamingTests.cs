using NNTileLogger.Ingest.EventFiles;
using NNTileLogger.Ingest.Tests.Support;
using Xunit;

namespace NNTileLogger.Ingest.Tests.EventFiles;

/// <summary>A new event file always sorts behind those that are there: readers go through a directory in that order.</summary>
public sealed class EventFileNamingTests
{
    private static readonly DateTimeOffset _now = DateTimeOffset.FromUnixTimeSeconds(1_700_000_000);

    [Fact]
    public void Name_InAnEmptyDirectory_HasTimeHostProcessAndNumber()
    {
        using var folder = new TempLogDirectory();
        var naming = new EventFileNaming("node7", 42);
        Assert.Equal("events.out.tfevents.1700000000.node7.42.000000", naming.NextName(folder.Path, _now));
        Assert.Equal("events.out.tfevents.1700000000.node7.42.000001", naming.NextName(folder.Path, _now));
    }

    [Theory]
    [InlineData("events.out.tfevents.1700000000.zeta.1.000000", "the same second, another host")]
    [InlineData("events.out.tfevents.1700000000.node7.5.000000", "the same second, another process")]
    [InlineData("events.out.tfevents.1700009999.node7.42.000000", "the clock was set back")]
    [InlineData("events.out.tfevents.0999999999.node7.42.000000", "an older one")]
    [InlineData("events.out.tfevents", "one without a time")]
    [InlineData("a.tfevents.v2", "one of another program")]
    public void Name_WhereAnotherFileIs_SortsBehindIt(string there, string why)
    {
        using var folder = new TempLogDirectory();
        File.WriteAllText(Path.Combine(folder.Path, there), "");
        var name = new EventFileNaming("node7", 42).NextName(folder.Path, _now);
        Assert.True(string.CompareOrdinal(there, name) < 0, $"{name} sorts before {there}: {why}");
    }
}
