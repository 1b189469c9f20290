using System.Diagnostics;
using Xunit;

namespace NNTileLogger.Ingest.FaultTests.Support;

/// <summary>Runs a tool of the system (mount, fsfreeze, ip ...) to its end; a failure fails the test with what the tool said.</summary>
internal static class SystemTool
{
    private static readonly TimeSpan _limit = TimeSpan.FromSeconds(60);

    public static async Task<string> RunAsync(string program, params string[] arguments)
    {
        var (code, output) = await TryAsync(program, arguments);
        Assert.True(code == 0, $"{program} {string.Join(' ', arguments)} ended with {code}: {output}");
        return output;
    }

    /// <summary>The exit code and what was said, whatever they are.</summary>
    public static async Task<(int Code, string Output)> TryAsync(string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        using var process = Process.Start(start)!;
        using var limit = new CancellationTokenSource(_limit);
        var output = process.StandardOutput.ReadToEndAsync(limit.Token);
        var errors = process.StandardError.ReadToEndAsync(limit.Token);
        await process.WaitForExitAsync(limit.Token);
        return (process.ExitCode, await output + await errors);
    }
}
