using System.Text.Json.Serialization;
using Microsoft.Playwright;
using Xunit;

namespace NNTileLogger.LivePage.Tests.Support;

/// <summary>A line of a chart as ECharts was given it.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Data">Its points: x, and y or null.</param>
/// <param name="Marks">What its marks say, in the order of their places.</param>
internal sealed record DrawnLine(
    [property: JsonPropertyName("name")] string Name,
    [property: JsonPropertyName("data")] double?[][] Data,
    [property: JsonPropertyName("marks")] string[] Marks)
{
    private const string Read =
        """
        element => JSON.stringify((echarts.getInstanceByDom(element)?.getOption().series ?? []).map(
            s => ({ name: s.name, data: s.data, marks: (s.markPoint?.data ?? []).map(m => m.value) })))
        """;

    private static readonly TimeSpan _limit = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan _pause = TimeSpan.FromMilliseconds(50);

    public double LastX => Data[^1][0]!.Value;

    public IEnumerable<double> Numbers => Data.Select(point => point[1]).OfType<double>();

    /// <summary>The chart of the card with this heading.</summary>
    public static ILocator Chart(IPage page, string heading) =>
        page.Locator("#scalars article").Filter(new() { Has = page.GetByRole(AriaRole.Heading, new() { Name = heading, Exact = true }) }).Locator(".chart");

    /// <summary>The lines of a chart once they are as wanted.</summary>
    public static async Task<DrawnLine[]> UntilAsync(ILocator chart, Func<DrawnLine[], bool> isWanted, string what)
    {
        var clock = System.Diagnostics.Stopwatch.StartNew();
        while (true)
        {
            var lines = System.Text.Json.JsonSerializer.Deserialize<DrawnLine[]>(await chart.EvaluateAsync<string>(Read))!;
            if (lines.Length > 0 && lines.All(line => line.Data.Length > 0) && isWanted(lines))
            {
                return lines;
            }

            Assert.True(
                clock.Elapsed < _limit,
                $"not within {_limit.TotalSeconds} s: {what}. Drawn: {string.Join("; ", lines.Select(line => $"{line.Name}, {line.Data.Length} points up to {line.Data.LastOrDefault()?[0]}"))}");
            await Task.Delay(_pause, TestContext.Current.CancellationToken);
        }
    }
}
