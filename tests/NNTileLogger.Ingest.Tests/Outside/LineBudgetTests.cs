using NNTileLogger.Ingest.Tests.Support;
using Xunit;

namespace NNTileLogger.Ingest.Tests.Outside;

/// <summary>The memory that all unfinished lines share: whose line goes when it is spent. Sizes are a little under powers of two times 1 KiB.</summary>
public sealed class LineBudgetTests(LineBudgetTests.FourMegabyteBudget ingest) : IClassFixture<LineBudgetTests.FourMegabyteBudget>
{
    /// <summary>A service whose unfinished lines may hold 4 MiB in all.</summary>
    public sealed class FourMegabyteBudget : RunningIngest
    {
        protected override string[] Variables => ["LINE_BUFFER_MB=4"];
    }

    [Fact]
    public async Task Budget_Spent_CostsTheLargestLineOfAConnectionWithoutAValidOne()
    {
        using var strangerLarge = await BeginAsync(null, 2000);
        using var strangerSmall = await BeginAsync(null, 250);
        using var clientSmall = await BeginAsync("client small", 250);
        using var clientLarge = await BeginAsync("client large", 2000);

        await FinishAsync(clientLarge, "client large");
        await FinishAsync(clientSmall, "client small");
        await FinishAsync(strangerSmall, "stranger small");
        await FinishAsync(strangerLarge, "stranger large");

        Assert.Equal([1, 2, 3], ingest.Logs.SessionWithRun("client large").Values("client large"));
        Assert.Equal([1, 2, 3], ingest.Logs.SessionWithRun("client small").Values("client small"));
        Assert.Equal([2, 3], ingest.Logs.SessionWithRun("stranger small").Values("stranger small"));
        Assert.Equal([3], ingest.Logs.SessionWithRun("stranger large").Values("stranger large"));
    }

    [Fact]
    public async Task Budget_SpentByClientsAlone_CostsTheLargestLine()
    {
        using var largest = await BeginAsync("largest", 2040);
        using var middle = await BeginAsync("middle", 1900);
        using var small = await BeginAsync("small", 250);

        await FinishAsync(small, "small");
        await FinishAsync(middle, "middle");
        await FinishAsync(largest, "largest");

        Assert.Equal([1, 2, 3], ingest.Logs.SessionWithRun("small").Values("small"));
        Assert.Equal([1, 2, 3], ingest.Logs.SessionWithRun("middle").Values("middle"));
        Assert.Equal([1, 3], ingest.Logs.SessionWithRun("largest").Values("largest"));
    }

    [Fact]
    public async Task Budget_OfLinesThatAreDone_IsFreeAgain()
    {
        using var client = await NNTileClient.ConnectAsync(ingest.Port);
        for (var k = 1; k <= 5; k++)
        {
            await client.SendAsync(Unfinished(2000));
            await client.SendAsync(End("again", k));
        }

        await client.EndAsync();
        Assert.Equal([1, 2, 3, 4, 5], ingest.Logs.SessionWithRun("again").Values("again"));
    }

    [Fact]
    public async Task Budget_OfConnectionsThatAreGone_IsFreeAgain()
    {
        for (var k = 1; k <= 5; k++)
        {
            using var gone = await BeginAsync(null, 2000);
            gone.Reset();
        }

        // Were theirs still held, this largest line of a stranger would go.
        using var client = await BeginAsync(null, 2040);
        await FinishAsync(client, "behind the gone");
        Assert.Equal([2, 3], ingest.Logs.SessionWithRun("behind the gone").Values("behind the gone"));
    }

    // A valid line first where a name is given, then the beginning of a long one.
    private async Task<NNTileClient> BeginAsync(string? name, int kilobytes)
    {
        var client = await NNTileClient.ConnectAsync(ingest.Port);
        if (name is not null)
        {
            await client.SendAsync(Lines.Scalar(name, 1));
            await Eventually.IsTrueAsync(
                () => ingest.Logs.SessionsWithRun(name).Count > 0, Eventually.Patience, $"the first point of {name}");
        }

        await client.SendAsync(Unfinished(kilobytes));
        await client.ServerHasReadAsync();

        // Once a further byte has been read, all before it has been put away and counted.
        await client.SendAsync("x");
        await client.ServerHasReadAsync();
        return client;
    }

    private static async Task FinishAsync(NNTileClient client, string name)
    {
        await client.SendAsync(End(name, 2) + Lines.Scalar(name, 3));
        await client.EndAsync();
    }

    private static string Unfinished(int kilobytes) => "{\"x\":\"" + new string('x', kilobytes * 1024);

    private static string End(string name, int value) => "\"," + Lines.Scalar(name, value)[1..];
}
