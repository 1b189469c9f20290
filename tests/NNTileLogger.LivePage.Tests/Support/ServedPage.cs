using System.Text.RegularExpressions;
using Deque.AxeCore.Playwright;
using Microsoft.Playwright;
using NNTileLogger.Ingest.Tests.Support;
using Xunit;
using static Microsoft.Playwright.Assertions;

namespace NNTileLogger.LivePage.Tests.Support;

/// <summary>What the tests of the page stand on: a server of each test's own, and pages in which nothing may go wrong.</summary>
public abstract partial class ServedPage(Browser browser) : IAsyncLifetime
{
    private readonly List<string> _problems = [];
    private readonly List<IPage> _pages = [];

    private protected TempLogDirectory Logs { get; } = new();

    private protected IngestProcess Server { get; set; } = null!;

    private protected string Address => $"http://127.0.0.1:{Server.HttpPort}/";

    /// <summary>More variables of the server, each as NAME=value.</summary>
    private protected virtual string[] Variables => [];

    public async ValueTask InitializeAsync() => Server = await IngestProcess.StartAsync(Logs.Path, Variables);

    /// <summary>Opens the page of the server, or another one.</summary>
    private protected async Task<IPage> OpenAsync(string query = "", int width = 1440, ColorScheme scheme = ColorScheme.Light, string? address = null)
    {
        var page = await browser.NewPageAsync(_problems, width, scheme);
        _pages.Add(page);
        await GoToAsync(page, address ?? Address + query);
        return page;
    }

    /// <summary>Takes what went wrong in the pages so far, where that is what a test is about.</summary>
    private protected string[] TakeProblems()
    {
        string[] taken = [.. _problems];
        _problems.Clear();
        return taken;
    }

    /// <summary>A page with nothing in it yet.</summary>
    private protected async Task<IPage> NewPageAsync(HttpCredentials? credentials = null)
    {
        var page = await browser.NewPageAsync(_problems, credentials: credentials);
        _pages.Add(page);
        return page;
    }

    private protected Task GoToAsync(IPage page, string address) => Browser.GoToAsync(page, address, _problems);

    /// <summary>Starts the server again where it was, after it has stopped or was killed.</summary>
    private protected async Task StartAgainAsync()
    {
        var (port, http) = (Server.Port, Server.HttpPort);
        await Server.DisposeAsync();
        Server = IngestProcess.Start([$"LOG_DIR={Logs.Path}", $"SERVER_PORT={port}", $"HTTP_PORT={http}", .. Variables]);
        await Server.ReadyAsync();
    }

    /// <summary>Waits for what the pill at the top says.</summary>
    private protected static Task StateIsAsync(IPage page, string words) =>
        Expect(page.Locator("#state")).ToContainTextAsync(words, new() { Timeout = 30_000 });

    /// <summary>Waits until the page follows a training, whose last message may be long ago where the machine is busy.</summary>
    private protected static Task IsFollowedAsync(IPage page) => Expect(page.Locator("#state")).ToContainTextAsync(OpenState());

    /// <summary>Of what a selector finds, that which says that curves became NaN or infinite; on a busy machine a page may say beside it that nothing came for 5 s.</summary>
    private protected static ILocator AboutCurves(IPage page, string selector = ".warning") => page.Locator(selector, new() { HasTextRegex = BecameOdd() });

    /// <summary>Waits until the curve of <c>loss</c> has exactly these steps.</summary>
    private protected static Task StepsAreAsync(IPage page, params double[] steps) => DrawnLine.UntilAsync(
        DrawnLine.Chart(page, "loss"), lines => lines[0].Data.Select(point => point[0]!.Value).SequenceEqual(steps), $"the steps {string.Join(", ", steps)} are drawn");

    /// <summary>Fails where axe finds something serious, or something is wider than the page.</summary>
    private protected static async Task IsAccessibleAsync(IPage page, string state)
    {
        var found = await page.RunAxe();
        var serious = found.Violations.Where(violation => violation.Impact is "serious" or "critical")
            .Select(violation => $"{state}: {violation.Id}: {string.Join("; ", violation.Nodes.Select(node => node.Html))}");
        Assert.Empty(serious);
        var (wide, width) = (await page.EvaluateAsync<int>("document.documentElement.scrollWidth"), page.ViewportSize!.Width);
        Assert.True(wide <= width, $"{state}: the page is {wide} pixels wide on a screen of {width}");
    }

    public async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        foreach (var page in _pages)
        {
            // With the context that was made for it.
            await page.CloseAsync();
        }

        await Server.DisposeAsync();
        Logs.Dispose();
        Assert.Empty(_problems);
    }

    [GeneratedRegex("live|stalled")]
    private static partial Regex OpenState();

    [GeneratedRegex("became (NaN|(minus )?infinite)")]
    private static partial Regex BecameOdd();
}
