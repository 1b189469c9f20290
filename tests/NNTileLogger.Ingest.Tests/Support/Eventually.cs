using System.Diagnostics;
using Xunit;

namespace NNTileLogger.Ingest.Tests.Support;

/// <summary>Waits for something that another process brings about: looks again and again until it holds or the time is over.</summary>
internal static class Eventually
{
    /// <summary>For what comes at its own pace and is promised no time: a machine that is busy elsewhere fails no test.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private static readonly TimeSpan _pause = TimeSpan.FromMilliseconds(10);

    /// <summary>Fails the test with <paramref name="what"/> where it does not come to hold in time; gives the time it took.</summary>
    public static Task<TimeSpan> IsTrueAsync(Func<bool> condition, TimeSpan limit, string what) => IsTrueAsync(condition, limit, () => what);

    /// <summary>The same, with a message that tells how things stand at the end.</summary>
    public static async Task<TimeSpan> IsTrueAsync(Func<bool> condition, TimeSpan limit, Func<string> what)
    {
        var clock = Stopwatch.StartNew();
        while (!Holds(condition))
        {
            if (clock.Elapsed > limit)
            {
                Assert.Fail($"not within {limit.TotalSeconds} s: {what()}");
            }

            await Task.Delay(_pause, TestContext.Current.CancellationToken);
        }

        return clock.Elapsed;
    }

    /// <summary>Waits until real time has gone on so far since a moment; for what is told apart by real silence.</summary>
    public static async Task PassedSinceAsync(long timestamp, TimeSpan time)
    {
        var left = time - Stopwatch.GetElapsedTime(timestamp);
        if (left > TimeSpan.Zero)
        {
            await Task.Delay(left, TestContext.Current.CancellationToken);
        }
    }

    // Files come and go while the server is at work on them.
    private static bool Holds(Func<bool> condition)
    {
        try
        {
            return condition();
        }
        catch (IOException exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
        {
            return false;
        }
    }
}
