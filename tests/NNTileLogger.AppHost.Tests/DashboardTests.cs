using NNTileLogger.AppHost.Tests.Support;
using Xunit;

namespace NNTileLogger.AppHost.Tests;

/// <summary>The program as a person starts it, with the dashboard that all other tests leave out.</summary>
public sealed class DashboardTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Program_Started_PrintsALinkThatLogsIn()
    {
        // No TensorBoard is needed for it: what is no Python ends at once.
        using var program = new ChildProcess(
            "dotnet",
            [ChildProcess.AppHost],
            ("LOG_DIR", _folder.Path), ("SERVER_PORT", "0"), ("HTTP_PORT", "0"), ("DATA_PROVIDER_PORT", "0"), ("TENSORBOARD_PORT", "0"),
            ("TENSORBOARD_PYTHON", Environment.ProcessPath));
        var line = await program.LineAsync(line => line.Contains("Login to the dashboard at ", StringComparison.Ordinal));

        using var browser = new HttpClient();
        using var page = await browser.GetAsync(new Uri(line[line.IndexOf("http", StringComparison.Ordinal)..].Trim()), TestContext.Current.CancellationToken);

        var shown = page.RequestMessage!.RequestUri!.AbsolutePath;
        Assert.True(page.IsSuccessStatusCode && shown != "/login", $"the link answers {page.StatusCode} and shows {shown}.\n{program.Text}");
        await program.SignalAsync("TERM");
        await program.EndAsync();
    }
}
