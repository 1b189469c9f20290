using System.Collections.Concurrent;
using Microsoft.Playwright;
using NNTileLogger.Ingest.Tests.Support;
using NNTileLogger.LivePage.Tests.Support;
using Xunit;
using static Microsoft.Playwright.Assertions;

namespace NNTileLogger.LivePage.Tests;

/// <summary>The page while its server is away, and what it shows when it is back.</summary>
public sealed class ReconnectionTests(Browser browser) : ServedPage(browser)
{
    private static readonly TimeSpan _silence = TimeSpan.FromSeconds(1);

    [Theory]
    [InlineData(ColorScheme.Light)]
    [InlineData(ColorScheme.Dark)]
    public async Task ServerRestarts_GapIsFilled(ColorScheme scheme)
    {
        using var before = await BeginAsync();
        var page = await OpenAsync("?smooth=0", scheme: scheme);
        await IsFollowedAsync(page);
        await Server.StopAsync();
        await StateIsAsync(page, "disconnected");
        await Expect(page.Locator("#warnings")).ToContainTextAsync("does not answer");
        await IsAccessibleAsync(page, $"disconnected {scheme}");

        await StartAgainAsync();
        using var again = await before.AgainAsync(_silence);
        await again.SendAsync(Message(3));
        await IsFollowedAsync(page);
        await StepsAreAsync(page, 1, 2, 3);
        await Expect(page.Locator("#warnings")).Not.ToContainTextAsync("does not answer");
    }

    [Fact]
    public async Task StreamBreaks_GoesOnBehindTheLastEventWithoutLoadingAgain()
    {
        using var client = await NNTileClient.ConnectAsync(Server.Port);
        await client.SendAsync(Message(1));
        await using var network = new Relay(Server.HttpPort);
        var page = await NewPageAsync();
        var streams = new ConcurrentQueue<string>();
        var data = 0;
        page.Request += (_, request) =>
        {
            if (request.Url.EndsWith("/stream", StringComparison.Ordinal))
            {
                streams.Enqueue(request.Headers.GetValueOrDefault("last-event-id") ?? "");
            }

            Interlocked.Add(ref data, request.Url.Contains("/data?", StringComparison.Ordinal) ? 1 : 0);
        };
        await GoToAsync(page, network.Address + "?smooth=0");
        await IsFollowedAsync(page);
        await client.SendAsync(Message(2));
        await StepsAreAsync(page, 1, 2);
        var loaded = data;

        // What a proxy answers while the server is being started again: no EventSource comes back after that.
        await page.RouteAsync("**/stream", route => route.FulfillAsync(new() { Status = 503, Body = "not answering yet" }));
        network.Break();
        await Eventually.IsTrueAsync(() => streams.Count >= 3, TimeSpan.FromSeconds(30), "the page tries again, and once more");
        await client.SendAsync(Message(3) + Message(4));
        await StateIsAsync(page, "disconnected");
        await page.UnrouteAsync("**/stream");
        await StepsAreAsync(page, 1, 2, 3, 4);
        await IsFollowedAsync(page);
        Assert.Equal("", streams.First());
        Assert.All(streams.Skip(1), id => Assert.NotEqual("", id));
        Assert.Equal(loaded, data);
    }

    [Fact]
    public async Task ServerIsBackBeforeItsClient_SessionIsFollowedWhenItGoesOn()
    {
        using var before = await BeginAsync();
        var page = await OpenAsync("?smooth=0");
        await IsFollowedAsync(page);
        await Server.KillAsync();
        await StateIsAsync(page, "disconnected");
        await StartAgainAsync();
        await StateIsAsync(page, "lost");

        using var again = await before.AgainAsync(_silence);
        await IsFollowedAsync(page);
        await StepsAreAsync(page, 1, 2);
        await again.SendAsync(Message(3));
        await StepsAreAsync(page, 1, 2, 3);
    }

    private Task<Training> BeginAsync() => Training.BeginAsync(() => (Server.Port, Logs), "loss", 1, "CUDA 0", "CUDA 1");

    private static string Message(int step) => Lines.Training(0.5, "loss", step, "CUDA 0", "CUDA 1");
}
