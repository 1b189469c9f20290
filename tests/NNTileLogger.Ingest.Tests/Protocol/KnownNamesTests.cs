using System.Text;
using NNTileLogger.Ingest.Protocol;
using Xunit;

namespace NNTileLogger.Ingest.Tests.Protocol;

/// <summary>The names of large messages are remembered too, in memory that all connections share.</summary>
public sealed class KnownNamesTests
{
    private const int Names = 10_000;
    private const long Limit = 4 << 20;

    [Fact]
    public void Names_OfAMessageOfTenThousand_AreAllRemembered()
    {
        var known = new KnownNames(new ShapeMemory(Limit));
        Assert.All(Enumerable.Range(0, Names), k => Assert.NotEqual(0, known.Remember(k, Quoted(k))));
        Assert.All(Enumerable.Range(0, Names), k => Assert.True(known.TryMatch(k, Quoted(k), out var name) && name.Length == Quoted(k).Length - 1, $"name {k}"));
    }

    [Fact]
    public void Names_WhereSharedMemoryIsUsedUp_AreRememberedUpToAFewKilobytes()
    {
        var known = new KnownNames(new ShapeMemory(0));
        var remembered = Enumerable.Range(0, Names).Count(k => known.Remember(k, Quoted(k)) != 0);
        Assert.InRange(remembered, 1_000, Names / 2);
    }

    [Fact]
    public void Names_OfAConnectionThatIsGone_GiveTheirMemoryBack()
    {
        var memory = new ShapeMemory(Limit);
        for (var connection = 0; connection < 100; connection++)
        {
            var known = new KnownNames(memory);
            Assert.NotEqual(0, Enumerable.Range(0, Names).Min(k => known.Remember(k, Quoted(k))));
            known.Close();
        }

        Assert.True(memory.TryTake(Limit), "not all was given back");
    }

    private static byte[] Quoted(int k) => Encoding.UTF8.GetBytes($"Series {k}\"");
}
