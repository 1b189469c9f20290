using System.Text.RegularExpressions;
using Microsoft.Playwright;
using NNTileLogger.Ingest.Tests.Support;
using NNTileLogger.LivePage.Tests.Support;
using NNTileLogger.Proxy.Tests.Support;
using Xunit;
using static Microsoft.Playwright.Assertions;

namespace NNTileLogger.LivePage.Tests;

/// <summary>The page below <c>/live/</c> of the HTTPS front, with and without a password.</summary>
public sealed partial class ProxyTests(Browser browser) : ServedPage(browser)
{
    private const string User = "anna", Password = "geheim";

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Page_BehindTheProxy_FollowsATrainingOverAKilledServer(bool asksForPassword)
    {
        using var folder = new TempFolder();
        await using var proxy = StartProxy(folder, asksForPassword);
        var address = $"https://localhost:{ReadyPort().Match(await proxy.ReadyLineAsync()).Groups[1].Value}/live";
        using var before = await Training.BeginAsync(() => (Server.Port, Logs), "loss", 1, "CUDA 0", "CUDA 1");

        var page = await NewPageAsync(asksForPassword ? new HttpCredentials { Username = User, Password = Password } : null);
        await GoToAsync(page, address + "?smooth=0");
        await Expect(page).ToHaveURLAsync(address + "/?smooth=0");
        await IsFollowedAsync(page);
        await before.SendAsync(Message(2));
        await StepsAreAsync(page, 1, 2);
        await Expect(page.Locator("#tensorboard")).ToHaveAttributeAsync("href", "../");
        await IsAccessibleAsync(page, "behind the proxy");

        // The proxy answers 503 meanwhile, to the stream too.
        var stream = new TaskCompletionSource<int>();
        page.Response += (_, answer) =>
        {
            if (answer.Url.EndsWith("/stream", StringComparison.Ordinal))
            {
                stream.TrySetResult(answer.Status);
            }
        };
        await Server.KillAsync();
        await StateIsAsync(page, "disconnected");
        Assert.Equal(503, await stream.Task.WithinAsync("the stream is asked for again"));
        await StartAgainAsync();
        using var again = await before.AgainAsync(TimeSpan.FromSeconds(1), value: 3);
        await IsFollowedAsync(page);
        await StepsAreAsync(page, 1, 2, 3);
        await again.SendAsync(Message(4));
        await StepsAreAsync(page, 1, 2, 3, 4);

        var csv = page.WaitForDownloadAsync();
        await page.Locator("#csv").ClickAsync();
        await using var exported = await (await csv).CreateReadStreamAsync();
        using var lines = new StreamReader(exported);
        Assert.Equal("run,tag,step,time,value", await lines.ReadLineAsync(TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Page_WithoutThePassword_IsNotShown()
    {
        using var folder = new TempFolder();
        await using var proxy = StartProxy(folder, asksForPassword: true);
        var port = ReadyPort().Match(await proxy.ReadyLineAsync()).Groups[1].Value;
        var page = await NewPageAsync(new HttpCredentials { Username = User, Password = "wrong" });
        var answer = await page.GotoAsync($"https://localhost:{port}/live/");
        Assert.Equal(401, answer!.Status);
        await Expect(page.Locator("#state")).ToHaveCountAsync(0);
    }

    private ProxyProcess StartProxy(TempFolder folder, bool asksForPassword)
    {
        var pair = TestCertificate.Ecdsa();
        folder.Write("cert.pem", pair.Pem);
        folder.Write("key.pem", pair.KeyPem);
        folder.Write("users", $"{User}:{BCrypt.Net.BCrypt.HashPassword(Password, 4)}\n");
        string[] variables =
        [
            "TLS_CERT_FILE=cert.pem",
            "TLS_KEY_FILE=key.pem",
            "TLS_HOST=127.0.0.1",
            "TLS_PORT=0",
            $"LIVE_URL=http://127.0.0.1:{Server.HttpPort}",
            .. asksForPassword ? (string[])["PROXY_AUTH_FILE=users"] : [],
        ];
        return ProxyProcess.Start(folder.Root, variables);
    }

    private static string Message(int step) => Lines.Training(0.5, "loss", step, "CUDA 0", "CUDA 1");

    [GeneratedRegex(@"https://localhost:(\d+)")]
    private static partial Regex ReadyPort();
}
