using Xunit;

namespace NNTileLogger.Proxy.Tests.Support;

/// <summary>Waits that end with a message instead of hanging, and looks at what another thread brings about.</summary>
internal static class Signal
{
    public static readonly TimeSpan Limit = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan _pause = TimeSpan.FromMilliseconds(10);

    /// <summary>The task's result, or a failure that says what did not come.</summary>
    public static async Task<T> WithinAsync<T>(this Task<T> task, string what)
    {
        try
        {
            return await task.WaitAsync(Limit, TestContext.Current.CancellationToken);
        }
        catch (TimeoutException)
        {
            throw new TimeoutException($"not within {Limit.TotalSeconds} s: {what}");
        }
    }

    public static async Task WithinAsync(this Task task, string what)
    {
        try
        {
            await task.WaitAsync(Limit, TestContext.Current.CancellationToken);
        }
        catch (TimeoutException)
        {
            throw new TimeoutException($"not within {Limit.TotalSeconds} s: {what}");
        }
    }

    public static Task TrueAsync(Func<bool> condition, string what) => TrueAsync(() => Task.FromResult(condition()), what);

    public static async Task TrueAsync(Func<Task<bool>> condition, string what)
    {
        var clock = System.Diagnostics.Stopwatch.StartNew();
        while (!await condition())
        {
            if (clock.Elapsed > Limit)
            {
                Assert.Fail($"not within {Limit.TotalSeconds} s: {what}");
            }

            await Task.Delay(_pause, TestContext.Current.CancellationToken);
        }
    }
}
