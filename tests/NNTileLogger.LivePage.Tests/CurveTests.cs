using System.Globalization;
using System.Text.RegularExpressions;
using Microsoft.Playwright;
using NNTileLogger.Ingest.Tests.Support;
using NNTileLogger.LivePage.Tests.Support;
using Xunit;
using static Microsoft.Playwright.Assertions;

namespace NNTileLogger.LivePage.Tests;

/// <summary>The user's scalars as lines: what real clients sent, what is no number, long curves, and the choices of a person.</summary>
public sealed class CurveTests(Browser browser) : ServedPage(browser)
{
    [Theory]
    [InlineData("main-client-nan.ndjson")]
    [InlineData("tcp-client-cpu-null.ndjson")]
    [InlineData("tcp-client-opencl.ndjson")]
    public async Task Capture_Replayed_IsDrawnWhileItComesAndAfterItsEnd(string name)
    {
        var lines = await File.ReadAllLinesAsync(Path.Combine(AppContext.BaseDirectory, "Captures", name), TestContext.Current.CancellationToken);
        var sent = lines.SelectMany(line => WireReference.Read(System.Text.Encoding.UTF8.GetBytes(line)).Points)
            .Where(point => WireReference.Text(point.Run) == "Train loss").Select(point => point.Value).ToArray();
        var workers = lines[0].Split("\"total_time\"").Length - 1;

        using var client = await NNTileClient.ConnectAsync(Server.Port);
        await client.SendAsync(lines[0] + "\n");
        var page = await OpenAsync("?smooth=0");
        await IsFollowedAsync(page);
        foreach (var line in lines[1..])
        {
            await client.SendAsync(line + "\n");
        }

        await IsDrawnAsync(page, sent);
        await client.EndAsync();
        await StateIsAsync(page, "ended");
        await IsDrawnAsync(page, sent);

        var fresh = await OpenAsync("?smooth=0");
        await StateIsAsync(fresh, "ended");
        await IsDrawnAsync(fresh, sent);
        foreach (var shown in (IPage[])[page, fresh])
        {
            await Expect(shown.Locator(".warning")).ToHaveCountAsync(sent.All(float.IsFinite) ? 0 : 1);
            await Expect(shown.Locator(".matrix button")).ToHaveCountAsync(name == "tcp-client-opencl.ndjson" ? 2 : 0);
            await Expect(shown.Locator(".workers tbody tr:visible")).ToHaveCountAsync(name == "tcp-client-opencl.ndjson" ? 1 : workers);
        }
    }

    [Fact]
    public async Task Loss_BecomesNaN_IsSaidWithStepAndLastValueAndMarked()
    {
        using var client = await NNTileClient.ConnectAsync(Server.Port);
        await client.SendAsync("""{"scalars":[{"name":"Validation/loss","values":[0.9, 0.8123]}]}""" + "\n");
        var page = await OpenAsync();
        await Expect(page.Locator("#scalars canvas")).ToHaveCountAsync(1);
        await client.SendAsync("""{"scalars":[{"name":"Validation/loss","values":[nan, nan]}]}""" + "\n");
        await Expect(AboutCurves(page, ".warning.bad")).ToContainTextAsync("Validation/loss became NaN at step 3");
        await Expect(AboutCurves(page, ".warning.bad")).ToContainTextAsync("last finite value 0.8123");
        await Expect(page.Locator("#announcer")).ToContainTextAsync("Validation/loss became NaN at step 3");
        var line = (await DrawnLine.UntilAsync(DrawnLine.Chart(page, "Validation/loss"), lines => lines[^1].LastX == 4, "the NaN is drawn"))[^1];
        Assert.Single(line.Marks, mark => mark.StartsWith("NaN at ", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(40)]
    public async Task Loss_FiniteAgain_IsSaidWithItsStepAlsoWhereTheCurveIsReduced(int pointsAMessage)
    {
        // NaN from 1,101 to 1,110, infinite at 2,000; more points than the server gives of a curve.
        const int last = 4000;
        var values = Enumerable.Range(1, last).Select(step => step is >= 1101 and <= 1110 ? "nan" : step == 2000 ? "inf" : Math.Sin(step).ToString("R", CultureInfo.InvariantCulture)).ToArray();
        using var client = await NNTileClient.ConnectAsync(Server.Port);
        async Task SendAsync(IEnumerable<string> some) => await client.SendAsync($$"""{"scalars":[{"name":"loss","values":[{{string.Join(',', some)}}]}]}""" + "\n");
        await SendAsync(values[..1500]);
        var page = await OpenAsync("?smooth=0");
        await Expect(AboutCurves(page)).ToContainTextAsync("loss became NaN at step 1,101");
        await Expect(AboutCurves(page)).ToContainTextAsync("finite again since step 1,111.");
        foreach (var some in values[1500..(1500 + (30 * pointsAMessage))].Chunk(pointsAMessage))
        {
            await SendAsync(some);
        }

        await SendAsync(values[(1500 + (30 * pointsAMessage))..]);
        await Expect(AboutCurves(page)).ToContainTextAsync("loss became infinite at step 2,000");
        await Expect(AboutCurves(page)).ToContainTextAsync("finite again since step 2,001.");
        var fresh = await OpenAsync();
        await Expect(AboutCurves(fresh)).ToContainTextAsync("loss became infinite at step 2,000");
        await Expect(AboutCurves(fresh)).ToContainTextAsync("finite again since step 2,001.");
    }

    [Fact]
    public async Task Curve_LongerThanThePageKeeps_StaysAsFineAtItsBeginningAsAtItsEnd()
    {
        const int messages = 100, pointsAMessage = 200, spike = 777;
        using var client = await NNTileClient.ConnectAsync(Server.Port);
        await client.SendAsync(Lines.Scalar("loss", 0));
        var page = await OpenAsync("?smooth=0");
        await IsFollowedAsync(page);
        var chart = DrawnLine.Chart(page, "loss");
        for (var message = 0; message < messages; message++)
        {
            var first = 2 + (message * pointsAMessage);
            await client.SendAsync(Lines.Scalar("loss", [.. Enumerable.Range(first, pointsAMessage).Select(step => step == spike ? 50.0 : Math.Sin(step))]));
            if (message % 5 == 4)
            {
                // As they come in a training, a batch after the other.
                await DrawnLine.UntilAsync(chart, lines => lines[0].LastX == first + pointsAMessage - 1, $"step {first + pointsAMessage - 1} is drawn");
            }
        }

        var line = (await DrawnLine.UntilAsync(chart, lines => lines[0].LastX == 1 + (messages * pointsAMessage), "all is drawn"))[0];
        Assert.InRange(line.Data.Length, 500, 2000);
        Assert.Equal(1, line.Data[0][0]);
        Assert.Equal(50, line.Numbers.Max());
        // What came last is not thinned yet, and of what comes fast the server tells a choice, the more so the longer the
        // curve is: it must not be the beginning that gets coarse.
        var tenths = Enumerable.Range(0, 9).Select(tenth => line.Data.Count(point => (int)((point[0]!.Value - 1) * 10 / ((messages * pointsAMessage) + 1)) == tenth)).ToArray();
        Assert.True(tenths.Min() >= 20 && tenths[..5].Min() * 3 >= tenths[5..].Max(), $"points in each tenth of the curve but the last: {string.Join(", ", tenths)}");
    }

    [Fact]
    public async Task Choices_AreRememberedByTheAddress()
    {
        await NNTileClient.SendWholeAsync(Server.Port, Lines.Scalar("Train/loss", 3, 2, 1));
        var page = await OpenAsync("?x=wall&log=1&smooth=0.3");
        await Expect(page.Locator("#log")).ToBeCheckedAsync();
        await Expect(page.Locator("#x")).ToHaveValueAsync("wall");
        await Expect(page.Locator("#smooth-value")).ToHaveTextAsync("0.30");
        await page.Locator("#x").SelectOptionAsync("relative");
        await Expect(page).ToHaveURLAsync(new Regex("x=relative"));
    }

    [Fact]
    public async Task Legend_LineHiddenByKeyboard_StaysHiddenOverRedrawsAndSessions()
    {
        using var client = await NNTileClient.ConnectAsync(Server.Port);
        await client.SendAsync(Lines.Scalar("Train/loss", 3) + Lines.Scalar("Train/accuracy", 0.1) + Lines.Scalar("alone", 1));
        var page = await OpenAsync("?smooth=0");
        var legend = page.Locator("#scalars .legend").Filter(new() { Visible = true });
        await Expect(legend).ToHaveCountAsync(1);
        await Expect(legend.Locator("button")).ToHaveTextAsync(["accuracy", "loss"]);
        var loss = legend.GetByRole(AriaRole.Button, new() { Name = "loss" });
        await loss.FocusAsync();
        await page.Keyboard.PressAsync("Space");
        await Expect(loss).ToHaveAttributeAsync("aria-pressed", "false");

        var chart = DrawnLine.Chart(page, "Train");
        await client.SendAsync(Lines.Scalar("Train/loss", 2) + Lines.Scalar("Train/accuracy", 0.2));
        var lines = await DrawnLine.UntilAsync(chart, lines => lines[0].LastX == 2, "the next step is drawn");
        Assert.Equal(["accuracy"], lines.Select(line => line.Name));
        await page.Locator("#theme").ClickAsync();

        await NNTileClient.SendWholeAsync(Server.Port, Lines.Scalar("Train/loss", 7, 8, 9) + Lines.Scalar("Train/accuracy", 7, 8, 9));
        lines = await DrawnLine.UntilAsync(chart, lines => lines[0].LastX == 3, "the next session is drawn");
        Assert.Equal(["accuracy"], lines.Select(line => line.Name));
        await loss.ClickAsync();
        await DrawnLine.UntilAsync(chart, lines => lines.Length == 2, "the line is back");
    }

    private static async Task IsDrawnAsync(IPage page, float[] sent)
    {
        // Its last point is there before its history.
        var finite = sent.Where(float.IsFinite).Select(value => (double)value).ToArray();
        var lines = await DrawnLine.UntilAsync(
            DrawnLine.Chart(page, "Train loss"),
            lines => lines[0].LastX == sent.Length && lines[0].Data[0][0] == 1,
            $"all {sent.Length} steps are drawn");
        Assert.Equal((finite.Min(), finite.Max(), finite[0]), ((float)lines[0].Numbers.Min(), (float)lines[0].Numbers.Max(), (float)lines[0].Numbers.First()));
        Assert.Equal(sent.All(float.IsFinite), lines[0].Marks.Length == 0);
        var firstOdd = Array.FindIndex(sent, value => !float.IsFinite(value));
        if (firstOdd >= 0)
        {
            await Expect(AboutCurves(page)).ToContainTextAsync($"Train loss became NaN at step {(firstOdd + 1).ToString("N0", CultureInfo.InvariantCulture)} ");
        }
    }
}
