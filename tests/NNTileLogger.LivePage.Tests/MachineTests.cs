using System.Text.RegularExpressions;
using Microsoft.Playwright;
using NNTileLogger.Ingest.Tests.Support;
using NNTileLogger.LivePage.Tests.Support;
using Xunit;
using static Microsoft.Playwright.Assertions;

namespace NNTileLogger.LivePage.Tests;

/// <summary>Workers, links and memory: of a small node in each theme and width, and of a large one.</summary>
public sealed class MachineTests(Browser browser) : ServedPage(browser)
{
    [Theory]
    [InlineData(1440, ColorScheme.Light)]
    [InlineData(1440, ColorScheme.Dark)]
    [InlineData(390, ColorScheme.Light)]
    [InlineData(390, ColorScheme.Dark)]
    public async Task LargeNode_AtTwoMessagesASecond_IsShownWholeAndAccessible(int width, ColorScheme scheme)
    {
        const int messages = 3;
        var node = new NodeTraining(gpus: 8, cpus: 128);
        using var client = await NNTileClient.ConnectAsync(Server.Port);
        await client.SendAsync(node.Message(0));
        var page = await OpenAsync(width: width, scheme: scheme);
        for (var number = 1; number < messages; number++)
        {
            await client.SendAsync(node.Message(number));
        }

        await Expect(page.Locator(".workers tbody tr")).ToHaveCountAsync(8);
        await Expect(page.Locator(".fold")).ToContainTextAsync("128 CPU workers");
        await Expect(page.Locator(".matrix button")).ToHaveCountAsync(72);
        await Expect(page.Locator("#memory-legend button")).ToHaveCountAsync(9);
        await Expect(page.Locator("#scalars article")).ToHaveCountAsync(2);
        await Expect(page.Locator("#numbers")).ToContainTextAsync("All at their best");
        await Expect(DrawnLine.Chart(page, "Train/loss")).ToHaveAttributeAsync("aria-label", new Regex($"at step {messages * NodeTraining.LossesAMessage}$"));
        await page.Locator(".matrix button").First.ClickAsync();
        await Expect(page.Locator("#link canvas")).ToHaveCountAsync(1);
        await IsAccessibleAsync(page, $"{width} {scheme}");
        var cut = await page.EvaluateAsync<string[]>(
            "[...document.querySelectorAll('.legend button, .state, .number .name, .number b, .matrix th, .matrix button')].filter(e => e.scrollWidth > e.clientWidth + 1).map(e => e.textContent)");
        Assert.True(cut.Length == 0, $"cut: {string.Join("; ", cut)}");
        await page.Locator(".fold").ClickAsync();
        await Expect(page.Locator(".workers tbody tr")).ToHaveCountAsync(136);
    }

    [Fact]
    public async Task Matrix_ByKeyboard_ShowsALinkOverTime()
    {
        using var client = await NNTileClient.ConnectAsync(Server.Port);
        await client.SendAsync(new NodeTraining(gpus: 2, cpus: 2).Message(0));
        var page = await OpenAsync();
        var stop = page.Locator(".matrix button[tabindex='0']");
        await Expect(stop).ToHaveCountAsync(1);
        await stop.FocusAsync();

        // From NUMA 0 → CUDA 0 to the right, and down over the cell of CUDA 1 to itself, which has no link.
        await page.Keyboard.PressAsync("ArrowRight");
        await page.Keyboard.PressAsync("ArrowDown");
        await Expect(page.Locator(":focus")).ToHaveAttributeAsync("title", new Regex("^CUDA 0 .* → CUDA 1 "));
        await page.Keyboard.PressAsync("ArrowDown");
        await page.Keyboard.PressAsync("Enter");
        await Expect(page.Locator("#link-title")).ToHaveTextAsync("CUDA 0 → CUDA 1, GB/s");
        await page.Keyboard.PressAsync("ArrowLeft");
        await page.Keyboard.PressAsync("Space");
        await Expect(page.Locator("#link-title")).ToHaveTextAsync("CUDA 0 → NUMA 0, GB/s");
        await Expect(page.Locator(".matrix button[aria-pressed='true']")).ToHaveCountAsync(1);
        await Expect(page.Locator(":focus")).ToHaveAttributeAsync("aria-label", new Regex("^CUDA 0 .* → NUMA 0: [0-9.]+ GB/s$"));
        await DrawnLine.UntilAsync(page.Locator("#link"), lines => lines[0].Name.EndsWith("->NUMA 0", StringComparison.Ordinal), "the link is drawn");

        // A link that comes for the first time makes the matrix anew: the place is kept.
        await client.SendAsync("""{"buses":[{"src_name":"NUMA 0","dst_name":"NUMA 1","total_bus_time":1,"transferred_bytes":1e9}]}""" + "\n");
        await Expect(page.Locator(".matrix button")).ToHaveCountAsync(7);
        await Expect(page.Locator(":focus")).ToHaveAttributeAsync("title", new Regex("^CUDA 0 .* → NUMA 0$"));
    }

    [Fact]
    public async Task Matrix_SaysWhatEachNodeSendsAndReceives()
    {
        using var client = await NNTileClient.ConnectAsync(Server.Port);
        await client.SendAsync("""{"buses":[{"src_name":"A","dst_name":"B","total_bus_time":1,"transferred_bytes":1e9},{"src_name":"A","dst_name":"C","total_bus_time":1,"transferred_bytes":2e9},{"src_name":"B","dst_name":"C","total_bus_time":1,"transferred_bytes":4e9}]}""" + "\n");
        var page = await OpenAsync();
        await Expect(page.Locator(".matrix button")).ToHaveCountAsync(3);
        await Expect(page.Locator(".matrix th")).ToHaveTextAsync(["A", "B", "C", "sends", "A", "B", "C", "receives"]);
        await Expect(page.Locator(".matrix .sum")).ToHaveTextAsync(["3.00", "4.00", "–", "–", "1.00", "6.00"]);
    }

    [Fact]
    public async Task MemoryNodes_WhoseNamesDifferInTheMiddle_AreToldApart()
    {
        using var client = await NNTileClient.ConnectAsync(Server.Port);
        string[] names = ["NUMA 0", "accelerator-a-of-the-rack (X)", "accelerator-b-of-the-rack (X)", "OpenCL 0 (model one, pthread)", "OpenCL 0 (model two, pthread)"];
        await client.SendAsync($$"""{"memory_nodes":[{{string.Join(',', names.Select((name, k) => $$"""{"name":"{{name}}","size":{{k + 1}}e9}"""))}}]}""" + "\n");
        var page = await OpenAsync(width: 390);
        await Expect(page.Locator("#memory-legend button")).ToHaveTextAsync(
            ["accelerator-a-of-the-rack", "accelerator-b-of-the-rack", "NUMA 0", "OpenCL 0 (model one, pthread)", "OpenCL 0 (model two, pthread)"]);
        var lines = await DrawnLine.UntilAsync(page.Locator("#memory"), lines => lines.Length == names.Length, "all nodes are drawn");
        Assert.Equal(names.Length, lines.Select(line => line.Name).Distinct().Count());
        await IsAccessibleAsync(page, "long names");
    }

    [Fact]
    public async Task Sparkline_OnAPhone_IsBelowTheName()
    {
        using var client = await NNTileClient.ConnectAsync(Server.Port);
        await client.SendAsync(new NodeTraining(gpus: 2, cpus: 1).Message(0));
        await client.SendAsync(new NodeTraining(gpus: 2, cpus: 1).Message(1));
        var page = await OpenAsync(width: 390);
        await Expect(page.Locator(".workers svg").Filter(new() { Visible = true })).ToHaveCountAsync(3);
        await Expect(page.Locator(".workers svg.below path").First).ToHaveAttributeAsync("d", new Regex("^M0.0 [0-9.]+L"));
        await Expect(page.Locator(".workers thead th").First).ToHaveTextAsync("Worker, last 5 min");
        await page.SetViewportSizeAsync(1440, 900);
        await Expect(page.Locator(".workers svg.below").First).ToBeHiddenAsync();
        await Expect(page.Locator(".workers td.spark svg").First).ToBeVisibleAsync();
    }

    [Fact]
    public async Task Sparkline_AfterReloadOfALongSession_ShowsTheLastMinutesAsFineAsWhileTheyCame()
    {
        // A point a second for five hours and a half.
        const int points = 20_000;
        var (start, end) = (DateTimeOffset.FromUnixTimeSeconds((long)EventFileBuilder.FirstTime), DateTimeOffset.FromUnixTimeSeconds((long)EventFileBuilder.FirstTime + points));
        var file = new EventFileBuilder();
        for (var step = 1; step <= points; step++)
        {
            file.Scalar(step, "Perf/GFlops/s", step == 5000 ? 400 : 100 + (step % 10));
        }

        var session = Path.Combine(Logs.Path, "2023-11-14_22-13-20");
        file.Save(Path.Combine(session, "CUDA 0"));
        await File.WriteAllTextAsync(
            Path.Combine(session, "session.json"),
            $$"""{"writer":"NNTileLogger","peer":"10.0.0.7","start":"{{start:O}}","last_message":"{{end:O}}","end":"{{end:O}}","how_ended":"Ended","connections":1,"points":{{points}},"workers":["CUDA 0"],"names":[]}""",
            TestContext.Current.CancellationToken);

        var page = await OpenAsync();
        await StateIsAsync(page, "ended · ran 5 h 33 min");
        await Expect(page.Locator(".workers .share span")).ToHaveTextAsync("25 %");
        await Expect(page.Locator(".workers td.spark")).ToHaveAttributeAsync("title", new Regex("^over (5 min 0 s|4 min 5[0-9] s)$"));
        await page.WaitForFunctionAsync("document.querySelector('.spark path').getAttribute('d').split('L').length > 50");
    }

    [Fact]
    public async Task Theme_FollowsTheSystemUntilItIsChosen()
    {
        using var client = await NNTileClient.ConnectAsync(Server.Port);
        await client.SendAsync(new NodeTraining(gpus: 1, cpus: 1).Message(0));
        var page = await OpenAsync(scheme: ColorScheme.Dark);
        const string light = "rgb(245, 247, 249)", dark = "rgb(16, 20, 26)";
        await Expect(page.Locator("body")).ToHaveCSSAsync("background-color", dark);
        await Expect(page.Locator("#scalars canvas").First).ToBeVisibleAsync();
        var darkLine = await ColorAsync(page);
        await page.Locator("#theme").ClickAsync();
        await Expect(page.Locator("#theme")).ToHaveTextAsync("Theme: light");
        await Expect(page.Locator("body")).ToHaveCSSAsync("background-color", light);
        Assert.NotEqual(darkLine, await ColorAsync(page));

        await page.ReloadAsync();
        await Expect(page.Locator("body")).ToHaveCSSAsync("background-color", light);
        await page.Locator("#theme").ClickAsync();
        await page.Locator("#theme").ClickAsync();
        await Expect(page.Locator("body")).ToHaveCSSAsync("background-color", dark);
        await page.EmulateMediaAsync(new() { ColorScheme = ColorScheme.Light });
        await Expect(page.Locator("body")).ToHaveCSSAsync("background-color", light);
    }

    private static Task<string> ColorAsync(IPage page) =>
        page.Locator("#scalars .chart").First.EvaluateAsync<string>("e => echarts.getInstanceByDom(e).getOption().series.at(-1).lineStyle.color");
}
