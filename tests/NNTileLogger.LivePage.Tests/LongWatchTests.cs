using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.Playwright;
using NNTileLogger.Ingest.Tests.Support;
using NNTileLogger.LivePage.Tests.Support;
using Xunit;
using static Microsoft.Playwright.Assertions;

namespace NNTileLogger.LivePage.Tests;

/// <summary>
/// A page that stays open. PAGE_MESSAGES sets how many messages are replayed (7200 are an hour), PAGE_ROUNDS how often
/// the delay is taken, PAGE_GPUS and PAGE_CPUS of what node.
/// </summary>
public sealed class LongWatchTests(Browser browser) : ServedPage(browser)
{
    private const int FewestLooks = 6;
    private const int MessagesALook = 600;

    private static readonly TimeSpan _pace = TimeSpan.FromMilliseconds(100);

    [Fact]
    public async Task Page_WatchingForLong_HoldsNoMoreThanAtFirst()
    {
        var messages = Number("PAGE_MESSAGES", 4800);
        var wanted = Math.Max(FewestLooks, messages / MessagesALook);
        var node = new NodeTraining(Number("PAGE_GPUS", 1), Number("PAGE_CPUS", 3));
        // No more at once than what the server does not reduce: 2,000 points in a tenth of a second.
        var atOnce = Math.Max(1, 1500 / (node.Runs * 2));
        using var client = await NNTileClient.ConnectAsync(Server.Port);
        await client.SendAsync(node.Message(0));
        var page = await OpenAsync();
        await IsFollowedAsync(page);
        await page.Locator(".matrix button").First.ClickAsync();
        var session = await page.Context.NewCDPSessionAsync(page);

        var looks = new List<(int Message, long Heap, int Nodes, int Listeners)>();
        using var pace = new PeriodicTimer(_pace);
        for (var number = 1; number <= messages; number++)
        {
            await client.SendAsync(node.Message(number));
            if (number % atOnce == 0)
            {
                await pace.WaitForNextTickAsync(TestContext.Current.CancellationToken);
            }

            if (number % (messages / wanted) == 0)
            {
                await IsShownAsync(page, number);
                looks.Add(await LookAsync(session, number));
            }
        }

        foreach (var (message, heap, nodes, listeners) in looks)
        {
            TestContext.Current.TestOutputHelper?.WriteLine($"after {message} messages: heap {heap / 1024} kB, {nodes} nodes, {listeners} listeners");
        }

        // By then the page has as much of each series as it ever keeps.
        var (full, end) = (looks[(wanted / 2) - 1], looks[^1]);
        Assert.True(end.Heap < full.Heap + (2 << 20), $"the heap grew from {full.Heap / 1024} to {end.Heap / 1024} kB");
        Assert.InRange(end.Nodes, 0, full.Nodes + 100);
        Assert.InRange(end.Listeners, 0, full.Listeners + 20);
    }

    [Fact]
    public async Task Message_Arrives_IsSeenWithinFifthOfASecond()
    {
        var node = new NodeTraining(Number("PAGE_GPUS", 2), Number("PAGE_CPUS", 8));
        using var client = await NNTileClient.ConnectAsync(Server.Port);
        await client.SendAsync(node.Message(0));
        var page = await OpenAsync();
        await Expect(page.Locator(".workers tbody tr")).Not.ToHaveCountAsync(0);
        var took = new List<double>();
        for (var number = 1; number <= Number("PAGE_ROUNDS", 11); number++)
        {
            var seen = page.WaitForFunctionAsync(
                "want => [...document.querySelectorAll('#scalars [role=img]')].some(e => e.getAttribute('aria-label')?.endsWith(want))",
                $"at step {Step(number)}");
            var clock = Stopwatch.StartNew();
            await client.SendAsync(node.Message(number));
            await seen;
            took.Add(clock.Elapsed.TotalMilliseconds);
            await Task.Delay(TimeSpan.FromMilliseconds(500), TestContext.Current.CancellationToken);
        }

        took.Sort();
        TestContext.Current.TestOutputHelper?.WriteLine($"socket to screen, ms: median {took[took.Count / 2]:0}; {string.Join(", ", took.Select(ms => $"{ms:0}"))}");
        Assert.True(took[took.Count / 2] < 1000, $"the median is {took[took.Count / 2]:0} ms; 200 are promised, and this is five times that");
    }

    private static Task IsShownAsync(IPage page, int number) => Expect(DrawnLine.Chart(page, "Train/loss"))
        .ToHaveAttributeAsync("aria-label", new Regex($"at step {Step(number)}$"), new() { Timeout = 30_000 });

    private static string Step(int number) => ((number + 1) * NodeTraining.LossesAMessage).ToString("N0", CultureInfo.InvariantCulture);

    // The least of a few looks: what was just drawn may still be in use by the browser itself.
    private static async Task<(int Message, long Heap, int Nodes, int Listeners)> LookAsync(ICDPSession session, int message)
    {
        var least = long.MaxValue;
        JsonElement counters = default;
        for (var look = 0; look < 3; look++)
        {
            await session.SendAsync("HeapProfiler.collectGarbage");
            counters = (await session.SendAsync("Memory.getDOMCounters"))!.Value;
            least = Math.Min(least, (long)(await session.SendAsync("Runtime.getHeapUsage"))!.Value.GetProperty("usedSize").GetDouble());
        }

        return (message, least, counters.GetProperty("nodes").GetInt32(), counters.GetProperty("jsEventListeners").GetInt32());
    }

    private static int Number(string variable, int otherwise) =>
        int.TryParse(Environment.GetEnvironmentVariable(variable), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : otherwise;
}
