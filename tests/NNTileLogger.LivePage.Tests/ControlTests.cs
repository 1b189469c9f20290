using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.Playwright;
using NNTileLogger.Ingest.Tests.Support;
using NNTileLogger.LivePage.Tests.Support;
using Xunit;
using static Microsoft.Playwright.Assertions;

namespace NNTileLogger.LivePage.Tests;

/// <summary>Smoothing, log scale and what the curves are drawn across: what each of them changes in the chart, and that the address keeps it.</summary>
public sealed class ControlTests(Browser browser) : ServedPage(browser)
{
    private const double Exact = 1e-6;

    [Fact]
    public async Task Smoothing_IsTheDebiasedAverageOfTensorBoard()
    {
        await NNTileClient.SendWholeAsync(Server.Port, """{"scalars":[{"name":"loss","values":[1, 2, nan, 4, inf, 0]}]}""" + "\n");
        var page = await OpenAsync("?smooth=0.5");
        var chart = DrawnLine.Chart(page, "loss");

        // By hand: a = a/2 + v/2 from a = 0 on, divided by 1 - 1/2^n; what is no number is passed over.
        // 0.5/0.5, 1.25/0.75, 2.625/0.875, 1.3125/0.9375.
        await IsSmoothedAsync(chart, [1, 2, null, 4, null, 0], [1, 5 / 3.0, null, 3, null, 1.4]);

        // 0.1/0.1, 0.29/0.19, 0.661/0.271, 0.5949/0.3439.
        await page.Locator("#smooth").FillAsync("0.9");
        await Expect(page.Locator("#smooth-value")).ToHaveTextAsync("0.90");
        await IsSmoothedAsync(chart, [1, 2, null, 4, null, 0], [1, 0.29 / 0.19, null, 0.661 / 0.271, null, 0.5949 / 0.3439]);
        await Expect(page).ToHaveURLAsync(new Regex(@"\?smooth=0\.9$"));

        // TensorBoard's own beginning: 0.6, which the address need not say.
        await page.Locator("#smooth").FillAsync("0.6");
        await IsSmoothedAsync(chart, [1, 2, null, 4, null, 0], [1, 1.04 / 0.64, null, 2.224 / 0.784, null, 1.3344 / 0.8704]);
        await Expect(page).ToHaveURLAsync(Address);

        await page.Locator("#smooth").FocusAsync();
        await page.Keyboard.PressAsync("Home");
        var alone = Assert.Single(await DrawnLine.UntilAsync(chart, lines => lines.Length == 1, "only the line itself is drawn"));
        Assert.Equal("loss", alone.Name);
        Assert.Equal([1, 2, null, 4, null, 0], alone.Data.Select(point => point[1]));
        Assert.Equal(2, alone.Marks.Length);
        await page.ReloadAsync();
        await Expect(page.Locator("#smooth-value")).ToHaveTextAsync("0.00");
        await DrawnLine.UntilAsync(chart, lines => lines.Length == 1 && lines[0].LastX == 6, "only the line itself is drawn again");
    }

    [Fact]
    public async Task Smoothing_OfWhatNeverChanges_ShowsNoRounding()
    {
        await NNTileClient.SendWholeAsync(Server.Port, """{"scalars":[{"name":"rate","values":[3.3, 3.3, nan, 3.3, 3.3, 3.3, 3.3, 3.3, 3.3]}]}""" + "\n");
        var page = await OpenAsync("?smooth=0.7");
        var lines = await DrawnLine.UntilAsync(DrawnLine.Chart(page, "rate"), lines => lines.Length == 2 && lines[1].Data.Length == 9, "the curve is drawn");
        Assert.All(lines[1].Numbers, value => Assert.Equal(3.3, value));
        Assert.Single(lines[1].Marks);
        var heights = await HeightsAsync(DrawnLine.Chart(page, "rate"), 3.3, 3.3000000000001);
        Assert.Equal(heights[0], heights[1], tolerance: 0.1);
    }

    [Fact]
    public async Task LogScale_DrawsPowersOfTenAndLeavesOutWhatHasNone()
    {
        await NNTileClient.SendWholeAsync(Server.Port, Lines.Scalar("loss", 1000, 0, 10, -5, 0.1));
        var page = await OpenAsync("?smooth=0");
        var chart = DrawnLine.Chart(page, "loss");
        Assert.Equal([1000, 0, 10, -5, 0.1], await ValuesAsync(chart, 5));
        Assert.Equal("value", await TypeAsync(chart, "yAxis"));

        await page.GetByLabel("log scale").CheckAsync();
        await DrawnLine.UntilAsync(chart, lines => lines[0].Data[1][1] is null, "what is not above zero is left out");
        Assert.Equal([1000, null, 10, null, 0.1], await ValuesAsync(chart, 5));
        Assert.Equal("log", await TypeAsync(chart, "yAxis"));
        var heights = await HeightsAsync(chart, 1000, 10, 0.1);
        Assert.True(heights[0] < heights[1], "1000 is above 10");
        Assert.Equal(heights[1] - heights[0], heights[2] - heights[1], tolerance: 1.0);

        await page.ReloadAsync();
        await Expect(page.GetByLabel("log scale")).ToBeCheckedAsync();
        await ValuesAsync(chart, 5);
        Assert.Equal("log", await TypeAsync(chart, "yAxis"));
        await page.GetByLabel("log scale").UncheckAsync();
        await DrawnLine.UntilAsync(chart, lines => lines[0].Data[1][1] == 0, "all is drawn");
        Assert.Equal("value", await TypeAsync(chart, "yAxis"));
        await Expect(page).ToHaveURLAsync(Address + "?smooth=0");
    }

    [Fact]
    public async Task Across_StepTimeSinceStartOrTimeOfDay_IsWhatTheServerSays()
    {
        using var client = await NNTileClient.ConnectAsync(Server.Port);
        var page = await OpenAsync("?smooth=0");
        for (var step = 1; step <= 3; step++)
        {
            await client.SendAsync(Lines.Scalar("loss", step));
            await DrawnLine.UntilAsync(DrawnLine.Chart(page, "loss"), lines => lines[0].LastX == step, $"step {step} is drawn");
        }

        var chart = DrawnLine.Chart(page, "loss");
        var times = await TimesAsync();
        Assert.Equal("value", await TypeAsync(chart, "xAxis"));

        await page.GetByLabel("Across").SelectOptionAsync("time of day");
        var wall = await DrawnLine.UntilAsync(chart, lines => lines[0].LastX > 3, "the time of day is drawn");
        Assert.Equal(times, wall[0].Data.Select(point => point[0]!.Value));
        Assert.Equal("time", await TypeAsync(chart, "xAxis"));

        await page.GetByLabel("Across").SelectOptionAsync("time since start");
        var relative = await DrawnLine.UntilAsync(chart, lines => lines[0].Data[0][0] == 0, "the time since the start is drawn");
        Assert.All(relative[0].Data.Select(point => point[0]!.Value).Zip(times), pair => Assert.Equal((pair.Second - times[0]) / 1000, pair.First, Exact));
        Assert.Equal("value", await TypeAsync(chart, "xAxis"));

        await page.ReloadAsync();
        await Expect(page.GetByLabel("Across")).ToHaveValueAsync("relative");
        await DrawnLine.UntilAsync(chart, lines => lines[0].Data[0][0] == 0 && lines[0].Data.Length == 3, "the time since the start is drawn again");
        await page.GetByLabel("Across").SelectOptionAsync("step");
        await StepsAreAsync(page, 1, 2, 3);
        await Expect(page).ToHaveURLAsync(Address + "?smooth=0");
    }

    private static async Task IsSmoothedAsync(ILocator chart, double?[] raw, double?[] smoothed)
    {
        static bool Agree(double? one, double? other) => one is null ? other is null : Math.Abs(one.Value - (other ?? double.NaN)) < Exact;
        var lines = await DrawnLine.UntilAsync(
            chart,
            lines => lines.Length == 2 && lines[1].Data.Length == smoothed.Length && lines[1].Data.Select(point => point[1]).Zip(smoothed).All(pair => Agree(pair.First, pair.Second)),
            $"the smoothed line is {string.Join(", ", smoothed)}");
        Assert.Equal(["loss (raw)", "loss"], lines.Select(line => line.Name));
        Assert.Equal(raw, lines[0].Data.Select(point => point[1]));
        Assert.Equal(2, lines[1].Marks.Length);
    }

    private static async Task<double?[]> ValuesAsync(ILocator chart, int count) =>
        [.. (await DrawnLine.UntilAsync(chart, lines => lines[0].Data.Length == count, $"{count} points are drawn"))[0].Data.Select(point => point[1])];

    private static Task<string> TypeAsync(ILocator chart, string axis) =>
        chart.EvaluateAsync<string>($"e => echarts.getInstanceByDom(e).getOption().{axis}[0].type");

    // Where these values are on the screen, from above.
    private static Task<double[]> HeightsAsync(ILocator chart, params double[] values) =>
        chart.EvaluateAsync<double[]>("(e, values) => values.map(v => echarts.getInstanceByDom(e).convertToPixel({ yAxisIndex: 0 }, v))", values);

    private async Task<double[]> TimesAsync()
    {
        using var http = new HttpClient { BaseAddress = new Uri(Address) };
        var id = JsonDocument.Parse(await http.GetStringAsync("api/sessions")).RootElement[0].GetProperty("id").GetString();
        var points = JsonDocument.Parse(await http.GetStringAsync($"api/sessions/{id}/data?run=loss&tag=loss")).RootElement;
        // As exact as a Date of JavaScript is.
        return [.. points.EnumerateArray().Select(point => Math.Floor(point.GetProperty("time").GetDateTime().Subtract(DateTime.UnixEpoch).TotalMilliseconds))];
    }
}
