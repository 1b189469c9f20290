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
        using var program = Start();
        var line = await LinkAsync(program);

        using var browser = new HttpClient();
        using var page = await browser.GetAsync(new Uri(line[line.IndexOf("http", StringComparison.Ordinal)..].Trim()), TestContext.Current.CancellationToken);

        var shown = page.RequestMessage!.RequestUri!.AbsolutePath;
        Assert.True(page.IsSuccessStatusCode && shown != "/login", $"the link answers {page.StatusCode} and shows {shown}.\n{program.Text}");
        await program.SignalAsync("TERM");
        await program.EndAsync();
    }

    [Fact]
    public async Task Program_Started_WatchesNothingOfTheFolderItWasStartedIn()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "what a process watches is read from /proc");
        using var program = Start();
        await LinkAsync(program);

        // A watch is for all below a folder, and the logs are there by default.
        Assert.DoesNotContain(
            Directory.EnumerateFiles($"/proc/{program.Id}/fdinfo").Select(File.ReadAllText),
            descriptor => descriptor.Contains("inotify", StringComparison.Ordinal));
        await program.SignalAsync("TERM");
        await program.EndAsync();
    }

    // No TensorBoard is needed for it: what is no Python ends at once.
    private ChildProcess Start() => new(
        "dotnet",
        [ChildProcess.AppHost],
        ("LOG_DIR", _folder.Path), ("SERVER_PORT", "0"), ("HTTP_PORT", "0"), ("DATA_PROVIDER_PORT", "0"), ("TENSORBOARD_PORT", "0"),
        ("TENSORBOARD_PYTHON", Environment.ProcessPath));

    private static Task<string> LinkAsync(ChildProcess program) =>
        program.LineAsync(line => line.Contains("Login to the dashboard at ", StringComparison.Ordinal));
}
