using Microsoft.Playwright;

namespace NNTileLogger.LivePage.Tests.Support;

/// <summary>
/// What holds for every page that a test opens: it comes with a strict Content-Security-Policy, nothing runs against that,
/// and nothing is asked of another place than the one it came from. What does not hold is added to the test's problems.
/// </summary>
internal sealed class PageGuard(List<string> problems)
{
    private const string PolicyHeader = "content-security-policy";

    private static readonly string[] _needed = ["default-src", "script-src", "base-uri", "form-action", "frame-ancestors"];
    private string? _origin;

    /// <summary>Looks at all that a page asks for from here on.</summary>
    public static async Task WatchAsync(IPage page, List<string> problems)
    {
        var guard = new PageGuard(problems);
        page.Context.Request += (_, request) => guard.Look(request);
        page.Context.Response += (_, answer) => guard.Look(answer);
        // The policy holds back what it forbids, and only this and the console say so.
        await page.AddInitScriptAsync(
            "document.addEventListener('securitypolicyviolation', e => console.error(`against the policy: ${e.violatedDirective} ${e.blockedURI} ${e.sourceFile}:${e.lineNumber}`));");
    }

    private void Look(IRequest request)
    {
        var address = new Uri(request.Url);
        if (address.Scheme is "data" or "blob")
        {
            return;
        }

        var origin = address.GetLeftPart(UriPartial.Authority);
        _origin ??= origin;
        if (origin != _origin)
        {
            problems.Add($"the page of {_origin} asks for {request.Url}");
        }
    }

    private void Look(IResponse answer)
    {
        if (!answer.Ok || !answer.Request.IsNavigationRequest)
        {
            return;
        }

        if (!answer.Headers.TryGetValue(PolicyHeader, out var policy))
        {
            problems.Add($"{answer.Url} comes without a {PolicyHeader}");
            return;
        }

        var directives = policy.Split(';', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
            .Select(directive => directive.Split(' '))
            .ToDictionary(words => words[0], words => words[1..]);
        problems.AddRange(_needed.Where(name => !directives.ContainsKey(name)).Select(name => $"the policy says nothing of {name}: {policy}"));
        problems.AddRange(directives
            .Where(directive => directive.Value.Any(source => !IsStrict(directive.Key, source)))
            .Select(directive => $"the policy lets in too much: {directive.Key} {string.Join(' ', directive.Value)}"));
    }

    private static bool IsStrict(string directive, string source) => (directive, source) switch
    {
        (_, "'none'") => true,
        ("default-src", _) => false,
        (_, "'self'") => true,
        ("img-src", "data:") => true,
        // ECharts sets styles on the elements of its tooltips.
        ("style-src-attr", "'unsafe-inline'") => true,
        _ => false,
    };
}
