using Microsoft.Playwright;
using NNTileLogger.Ingest.Tests.Support;
using NNTileLogger.LivePage.Tests.Support;
using Xunit;
using static Microsoft.Playwright.Assertions;

namespace NNTileLogger.LivePage.Tests;

/// <summary>What the page says where the server cannot keep what it is sent.</summary>
public sealed class LossTests(Browser browser) : ServedPage(browser)
{
    private const int MostSeries = 20;

    // The page asks each five seconds.
    private static readonly LocatorAssertionsToContainTextOptions _patience = new() { Timeout = 40_000 };

    private protected override string[] Variables => ["BUFFER_MB=1", $"MAX_SERIES={MostSeries}"];

    [Fact]
    public async Task Disk_TakesNothing_IsSaidUntilItDoes_AndWhatWasDroppedStaysSaid()
    {
        using var client = await NNTileClient.ConnectAsync(Server.Port);
        await client.SendAsync(Lines.Scalar("fine", 1));
        await Eventually.IsTrueAsync(() => Logs.SessionsWithRun("fine").Count == 1, TimeSpan.FromSeconds(20), "the session is there");
        var obstacle = Path.Combine(Logs.SessionWithRun("fine").Path, "blocked");
        await File.WriteAllTextAsync(obstacle, "in the way", TestContext.Current.CancellationToken);
        var page = await OpenAsync();
        await IsFollowedAsync(page);
        await client.SendAsync(Lines.Scalar("blocked", 1));
        await Expect(page.Locator("#warnings")).ToContainTextAsync("The server cannot keep what comes: cannot write", _patience);
        await IsAccessibleAsync(page, "disk trouble");

        foreach (var values in Enumerable.Range(2, 600_000).Select(k => (double)k).Chunk(1000))
        {
            await client.SendAsync(Lines.Scalar("blocked", values));
        }

        await Expect(page.Locator("#warnings")).ToContainTextAsync("points were dropped since the server started: the disk", _patience);
        File.Delete(obstacle);
        await Expect(page.Locator("#warnings")).Not.ToContainTextAsync("cannot keep", _patience);
        await Expect(page.Locator("#warnings")).ToContainTextAsync("points were dropped since the server started: the disk");
    }

    [Fact]
    public async Task Session_OfTooManySeries_IsSaid()
    {
        using var client = await NNTileClient.ConnectAsync(Server.Port);
        await client.SendAsync(string.Concat(Enumerable.Range(0, MostSeries + 7).Select(k => Lines.Scalar($"many/{k}", 1))));
        var page = await OpenAsync();
        await Expect(page.Locator("#warnings")).ToContainTextAsync("7 points were dropped since the server started: a session has more series than MAX_SERIES", _patience);
        await Expect(page.Locator("#scalars .legend button")).ToHaveCountAsync(MostSeries);
        await IsAccessibleAsync(page, "dropped points");
    }
}
