using Microsoft.Playwright;
using NNTileLogger.Ingest.Tests.Support;
using NNTileLogger.LivePage.Tests.Support;
using Xunit;
using static Microsoft.Playwright.Assertions;

namespace NNTileLogger.LivePage.Tests;

/// <summary>How the training and the server are doing, in the words of the page and in sentences at its top.</summary>
public sealed class StateTests(Browser browser) : ServedPage(browser)
{
    [Fact]
    public async Task NoSessionYet_SaysHowToConnectThenShowsTheFirst()
    {
        var page = await OpenAsync();
        await Expect(page.Locator("#howto")).ToContainTextAsync($"logger_port={Server.Port}");
        await IsAccessibleAsync(page, "empty");
        using var client = await NNTileClient.ConnectAsync(Server.Port);
        await client.SendAsync(Lines.Scalar("loss", 1));
        await IsFollowedAsync(page);
        await Expect(page.Locator("#empty")).ToBeHiddenAsync();
        await Expect(page.Locator("#scalars canvas")).ToHaveCountAsync(1);
    }

    [Fact]
    public async Task ClientGone_IsLostOrEnded_AndThePickerGoesBack()
    {
        using var client = await NNTileClient.ConnectAsync(Server.Port);
        await client.SendAsync(Lines.Scalar("Train/loss", 1));
        var page = await OpenAsync();
        await IsFollowedAsync(page);
        client.Reset();
        await StateIsAsync(page, "lost");
        await Expect(page.Locator("#warnings")).ToContainTextAsync("gone without goodbye");
        await IsAccessibleAsync(page, "lost");

        // A newer one is followed by itself.
        await NNTileClient.SendWholeAsync(Server.Port, Lines.Scalar("other", 7));
        await StateIsAsync(page, "ended");
        await Expect(page.Locator("#scalars h3")).ToHaveTextAsync("other");
        await IsAccessibleAsync(page, "ended");
        await page.Locator("#session").SelectOptionAsync(new SelectOptionValue { Index = 1 });
        await Expect(page.Locator("#scalars h3")).ToHaveTextAsync("Train/loss");
        await Expect(page).ToHaveURLAsync(new System.Text.RegularExpressions.Regex("session="));

        // What was chosen stays, whatever comes.
        await NNTileClient.SendWholeAsync(Server.Port, Lines.Scalar("third", 7));
        await Expect(page.Locator("#session option")).ToHaveCountAsync(3);
        await Expect(page.Locator("#scalars h3")).ToHaveTextAsync("Train/loss");
        await page.Locator("#session").SelectOptionAsync(new SelectOptionValue { Index = 0 });
        await Expect(page.Locator("#scalars h3")).ToHaveTextAsync("third");
    }

    [Theory]
    [InlineData(ColorScheme.Light)]
    [InlineData(ColorScheme.Dark)]
    public async Task TrainingFallsSilent_IsSaidUntilItGoesOn(ColorScheme scheme)
    {
        using var client = await NNTileClient.ConnectAsync(Server.Port);
        await client.SendAsync(Lines.Scalar("loss", 1));
        var page = await OpenAsync(scheme: scheme);
        await StateIsAsync(page, "stalled");
        await Expect(page.Locator("#warnings")).ToContainTextAsync("No message for");
        await IsAccessibleAsync(page, "stalled");

        await SendUntilLiveAsync(client, page);
        await Expect(page.Locator("#warnings")).Not.ToContainTextAsync("No message for");
    }

    [Fact]
    public async Task Message_ReachesThePageBeforeTheListOfSessions_EndsTheSilence()
    {
        using var client = await NNTileClient.ConnectAsync(Server.Port);
        await client.SendAsync(Lines.Scalar("loss", 1));
        var page = await OpenAsync();
        await StateIsAsync(page, "stalled");
        await page.RouteAsync("**/api/sessions", async route =>
        {
            var answer = await route.FetchAsync();
            await route.FulfillAsync(new() { Response = answer, Body = (await answer.TextAsync()).Replace("\"live\"", "\"stalled\"", StringComparison.Ordinal) });
        });
        await page.WaitForResponseAsync("**/api/sessions");
        await SendUntilLiveAsync(client, page);
        await Expect(page.Locator("#warnings")).Not.ToContainTextAsync("No message for");
        await page.UnrouteAllAsync(new() { Behavior = UnrouteBehavior.Wait });
    }

    [Fact]
    public async Task Disk_TakesNothingFromTheStart_TrainingIsShownWithTheReason()
    {
        var away = Logs.Path + ".away";
        Directory.Move(Logs.Path, away);
        await File.WriteAllTextAsync(Logs.Path, "in the way", TestContext.Current.CancellationToken);
        using var client = await NNTileClient.ConnectAsync(Server.Port);
        await client.SendAsync(Lines.Scalar("loss", 3, 2));
        var page = await OpenAsync("?smooth=0");
        await StepsAreAsync(page, 1, 2);
        await Expect(page.Locator(".warning.bad")).ToContainTextAsync("The server cannot keep what comes: cannot write");
        await IsAccessibleAsync(page, "unwritten");

        // The page stays with it when it has a name of its own.
        File.Delete(Logs.Path);
        Directory.Move(away, Logs.Path);
        await Expect(page.Locator(".warning.bad")).ToHaveCountAsync(0, new() { Timeout = 60_000 });
        await client.SendAsync(Lines.Scalar("loss", 1));
        await StepsAreAsync(page, 1, 2, 3);
        await Expect(page.Locator("#session option")).ToHaveCountAsync(1);
        Assert.Equal(Path.GetFileName(Logs.SessionPaths().Single()), await page.Locator("#session").InputValueAsync());
    }

    [Fact]
    public async Task AddressOfTensorBoardIsKnown_IsLinked()
    {
        using var logs = new TempLogDirectory();
        await using var server = await IngestProcess.StartAsync(logs.Path, "TENSORBOARD_URL=http://localhost:6006");
        var page = await OpenAsync(address: $"http://127.0.0.1:{server.HttpPort}/");
        await Expect(page.Locator("#tensorboard")).ToBeVisibleAsync();
        await Expect(page.Locator("#tensorboard")).ToHaveAttributeAsync("href", "http://127.0.0.1:6006/");

        var without = await OpenAsync();
        await Expect(without.Locator("#howto")).ToContainTextAsync("logger_port=");
        await Expect(without.Locator("#tensorboard")).ToBeHiddenAsync();
    }

    [Fact]
    public async Task Script_DoesNotCome_IsAskedForAgain()
    {
        var page = await NewPageAsync();
        var asked = 0;
        await page.RouteAsync("**/js/links.js", async route =>
        {
            if (Interlocked.Increment(ref asked) == 1)
            {
                await route.FulfillAsync(new() { Status = 503, ContentType = "text/javascript" });
            }
            else
            {
                await route.ContinueAsync();
            }
        });
        await page.GotoAsync(Address);
        await Expect(page.Locator("#loading")).ToContainTextAsync("did not load whole");
        await StateIsAsync(page, "waiting");
    }

    [Fact]
    public async Task Server_CannotTell_SaysThatItIsLoadingThenThatNobodyAnswers()
    {
        await NNTileClient.SendWholeAsync(Server.Port, Lines.Scalar("loss", 1));
        var page = await NewPageAsync();
        var answer = new TaskCompletionSource();
        await page.RouteAsync("**/api/sessions", async route =>
        {
            await answer.Task;
            await route.AbortAsync();
        });
        await page.GotoAsync(Address);
        await Expect(page.Locator("#loading")).ToBeVisibleAsync();
        await StateIsAsync(page, "loading");
        await IsAccessibleAsync(page, "loading");
        answer.SetResult();
        await StateIsAsync(page, "disconnected");
        await Expect(page.Locator("#empty")).ToBeHiddenAsync();
        await page.UnrouteAsync("**/api/sessions");
        await StateIsAsync(page, "ended");
    }

    // It is live for five seconds after each message, and the page may be slow to ask.
    private static async Task SendUntilLiveAsync(NNTileClient client, IPage page)
    {
        var live = StateIsAsync(page, "live");
        while (!live.IsCompleted)
        {
            await client.SendAsync(Lines.Scalar("loss", 2));
            await Task.WhenAny(live, Task.Delay(TimeSpan.FromMilliseconds(500), TestContext.Current.CancellationToken));
        }

        await live;
    }
}
