using Microsoft.Playwright;
using NNTileLogger.LivePage.Tests.Support;
using Xunit;

namespace NNTileLogger.LivePage.Tests;

/// <summary>
/// What the page may take, and from where. All other tests fail as well where it takes something else: that their guard
/// sees it is shown here.
/// </summary>
public sealed class PolicyTests(Browser browser) : ServedPage(browser)
{
    private const string Elsewhere = "http://127.0.0.2:9/";

    [Theory]
    [InlineData("script-src-elem", "const e = document.createElement('script'); e.src = ELSEWHERE; document.head.append(e);")]
    [InlineData("img-src", "new Image().src = ELSEWHERE;")]
    [InlineData("connect-src", "fetch(ELSEWHERE).catch(() => {});")]
    [InlineData("style-src-elem", "const e = document.createElement('style'); e.textContent = 'p { color: red }'; document.head.append(e);")]
    [InlineData("script-src-attr", "const e = document.createElement('p'); e.setAttribute('onclick', '1'); document.body.append(e); e.click();")]
    public async Task Page_WantsWhatItMayNot_IsRefusedAndSeen(string directive, string script)
    {
        var page = await OpenAsync();
        await StateIsAsync(page, "waiting");
        Assert.Empty(TakeProblems());
        var said = page.WaitForConsoleMessageAsync(new() { Predicate = message => message.Text.StartsWith("against the policy: ", StringComparison.Ordinal) });
        await page.EvaluateAsync($"() => {{ {script.Replace("ELSEWHERE", $"'{Elsewhere}'", StringComparison.Ordinal)} }}");
        Assert.StartsWith($"against the policy: {directive} ", (await said).Text, StringComparison.Ordinal);
        Assert.NotEmpty(TakeProblems());
    }

    [Fact]
    public async Task Page_AsksAnotherHost_IsSeen()
    {
        var page = await OpenAsync();
        await StateIsAsync(page, "waiting");
        await page.RouteAsync($"{Elsewhere}**", route => route.FulfillAsync(new() { Status = 204 }));
        await page.GotoAsync($"{Elsewhere}other", new() { WaitUntil = WaitUntilState.Commit }).ContinueWith(_ => { }, TaskScheduler.Default);
        Assert.Contains(TakeProblems(), problem => problem.Contains($"asks for {Elsewhere}other", StringComparison.Ordinal));
    }
}
