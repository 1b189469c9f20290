using Microsoft.Playwright;
using NNTileLogger.LivePage.Tests.Support;
using Xunit;

[assembly: AssemblyFixture(typeof(Browser))]

namespace NNTileLogger.LivePage.Tests.Support;

/// <summary>
/// Debian's chromium for all tests. Where there is none the tests are skipped and say why; in CI that is a failure.
/// </summary>
public sealed class Browser : IAsyncLifetime
{
    private const string Program = "/usr/bin/chromium";

    private const string Aborted = "net::ERR_ABORTED";
    private const string NetworkChanged = "net::ERR_NETWORK_CHANGED";
    private const int Tries = 5;

    private IPlaywright? _playwright;
    private IBrowser? _browser;

    public async ValueTask InitializeAsync()
    {
        if (File.Exists(Program))
        {
            // What is promised in less is looked at by its own test: here the machine may be busy with others.
            Assertions.SetDefaultExpectTimeout((float)TimeSpan.FromSeconds(30).TotalMilliseconds);
            _playwright = await Playwright.CreateAsync();
            // The sandbox needs rights that a container does not have; the page is our own.
            _browser = await _playwright.Chromium.LaunchAsync(new() { ExecutablePath = Program, Args = ["--no-sandbox"] });
        }
    }

    /// <summary>A page of its own, which trusts any certificate; whatever goes wrong in it is in <paramref name="problems"/>.</summary>
    internal async Task<IPage> NewPageAsync(
        List<string> problems, int width = 1440, ColorScheme scheme = ColorScheme.Light, HttpCredentials? credentials = null)
    {
        if (_browser is null)
        {
            Assert.False(string.Equals(Environment.GetEnvironmentVariable("CI"), "true", StringComparison.OrdinalIgnoreCase), $"{Program} is not there");
            Assert.Skip($"{Program} is not there: apt-get install chromium");
        }

        var page = await _browser.NewPageAsync(new()
        {
            ViewportSize = new() { Width = width, Height = 900 },
            ColorScheme = scheme,
            IgnoreHTTPSErrors = true,
            HttpCredentials = credentials,
        });
        await PageGuard.WatchAsync(page, problems);
        page.PageError += (_, error) => problems.Add(error);
        page.RequestFailed += (_, request) =>
        {
            if (request.ResourceType is "script" or "stylesheet" && request.Failure?.Contains(Aborted, StringComparison.Ordinal) != true)
            {
                problems.Add($"{request.Url}: {request.Failure}");
            }
        };
        page.Console += (_, message) =>
        {
            // Chromium's own words for answers that did not come; the page's are looked at.
            if (message.Type == "error" && !message.Text.Contains("net::ERR_", StringComparison.Ordinal)
                && !message.Text.StartsWith("Failed to load resource", StringComparison.Ordinal))
            {
                problems.Add(message.Text);
            }
        };
        return page;
    }

    /// <summary>
    /// Goes to an address, and once more where an interface of this machine came or went meanwhile, as other tests make
    /// networks: chromium gives up all requests then.
    /// </summary>
    internal static async Task GoToAsync(IPage page, string address, List<string> problems)
    {
        for (var left = Tries; left > 0; left--)
        {
            try
            {
                await page.GotoAsync(address);
            }
            catch (PlaywrightException e) when (left > 1 && e.Message.Contains(NetworkChanged, StringComparison.Ordinal))
            {
                continue;
            }

            if (problems.RemoveAll(problem => problem.Contains(NetworkChanged, StringComparison.Ordinal)) == 0)
            {
                return;
            }
        }
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
