using Microsoft.Playwright;
using Xunit;

namespace NNTileLogger.LivePage.Tests.Support;

/// <summary>
/// Debian's chromium for all tests of a class. Where there is none the tests are skipped and say why; in CI that is a
/// failure.
/// </summary>
public sealed class Browser : IAsyncLifetime
{
    private const string Program = "/usr/bin/chromium";

    private IPlaywright? _playwright;
    private IBrowser? _browser;

    public async ValueTask InitializeAsync()
    {
        if (File.Exists(Program))
        {
            _playwright = await Playwright.CreateAsync();
            // The sandbox needs rights that a container does not have; the page is our own.
            _browser = await _playwright.Chromium.LaunchAsync(new() { ExecutablePath = Program, Args = ["--no-sandbox"] });
        }
    }

    /// <summary>A page of its own; whatever goes wrong in it is in <paramref name="problems"/>.</summary>
    internal async Task<IPage> OpenAsync(string address, List<string> problems, int width = 1440, ColorScheme scheme = ColorScheme.Light)
    {
        if (_browser is null)
        {
            Assert.False(string.Equals(Environment.GetEnvironmentVariable("CI"), "true", StringComparison.OrdinalIgnoreCase), $"{Program} is not there");
            Assert.Skip($"{Program} is not there: apt-get install chromium");
        }

        var page = await _browser.NewPageAsync(new() { ViewportSize = new() { Width = width, Height = 900 }, ColorScheme = scheme });
        page.PageError += (_, error) => problems.Add(error);
        page.Console += (_, message) =>
        {
            if (message.Type == "error" && !message.Text.Contains("net::ERR_", StringComparison.Ordinal))
            {
                problems.Add(message.Text);
            }
        };
        await page.GotoAsync(address);
        return page;
    }

    public async ValueTask DisposeAsync()
    {
        if (_browser is not null)
        {
            await _browser.DisposeAsync();
        }

        _playwright?.Dispose();
    }
}
