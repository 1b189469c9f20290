using NNTileLogger.Ingest.Tests.Support;
using Xunit;

namespace NNTileLogger.Ingest.FaultTests.Support;

/// <summary>Waits for <c>/health</c> to turn, and counts what the log says about it: one line for each change of state.</summary>
internal static class HealthWatch
{
    private const string Failing = "Cannot write ";
    private const string Recovered = "Points are written again";
    // However long it lasts: that it cannot be written, that points are dropped, that steps.json is left out.
    private const int MostWarnings = 6;

    private static readonly TimeSpan _limit = TimeSpan.FromSeconds(25);
    private static readonly TimeSpan _pause = TimeSpan.FromMilliseconds(100);

    /// <summary>Waits until it is 503; gives the reason.</summary>
    public static Task<string> IsRedAsync(IngestProcess server) => TurnsAsync(server, 503);

    /// <summary>Waits until it is 200.</summary>
    public static Task<string> IsGreenAsync(IngestProcess server) => TurnsAsync(server, 200);

    /// <summary>Fails unless the log tells of so many failures and as many recoveries, each once.</summary>
    public static async Task SaidOnceAsync(IngestProcess server, int failures = 1)
    {
        // The console may be a moment behind.
        await Eventually.IsTrueAsync(
            () => Count(server, Failing) >= failures && Count(server, Recovered) >= failures, Eventually.Patience, () => $"the change of state is logged.\n{server.Output}");
        Assert.True(
            Count(server, Failing) == failures && Count(server, Recovered) == failures,
            $"{failures} failures and recoveries should be logged once each.\n{server.Output}");
        Assert.True(Count(server, " WARN ") <= failures * MostWarnings, $"a trouble is said in a few lines.\n{server.Output}");
    }

    /// <summary>Fails unless the log tells of so many failures so far, and of no recovery from the last.</summary>
    public static void SaidFailing(IngestProcess server, int failures = 1) => Assert.True(
        Count(server, Failing) == failures && Count(server, Recovered) == failures - 1,
        $"{failures} failures should be logged once each, and {failures - 1} recoveries.\n{server.Output}");

    private static int Count(IngestProcess server, string text) =>
        server.Output.Split('\n').Count(line => line.Contains(text, StringComparison.Ordinal));

    private static async Task<string> TurnsAsync(IngestProcess server, int wanted)
    {
        using var limit = new CancellationTokenSource(_limit);
        while (true)
        {
            var (status, body) = await server.HealthAsync();
            if (status == wanted)
            {
                return body;
            }

            Assert.False(limit.IsCancellationRequested, $"/health should be {wanted}, but is {status}: {body}\n{server.Everything()}");
            await Task.Delay(_pause, CancellationToken.None);
        }
    }
}
