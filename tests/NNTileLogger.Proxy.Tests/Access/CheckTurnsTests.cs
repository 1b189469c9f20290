using System.Collections.Concurrent;
using System.Net;
using NNTileLogger.Proxy.Access;
using NNTileLogger.Proxy.Tests.Support;
using Xunit;

namespace NNTileLogger.Proxy.Tests.Access;

public sealed class CheckTurnsTests
{
    [Fact]
    public async Task Run_ManyOfOneAddress_LeaveAnotherItsTurn()
    {
        using var turns = new CheckTurns();
        using var begun = new SemaphoreSlim(0);
        using var hold = new ManualResetEventSlim();
        var order = new ConcurrentQueue<string>();
        var cancellation = TestContext.Current.CancellationToken;
        var guesses = Enumerable.Range(0, 50).Select(_ => turns.RunAsync(IPAddress.Parse("10.0.0.1"), () => Check("guess"), cancellation)).ToList();
        await begun.WaitAsync(cancellation).WithinAsync("the first guess");

        var login = turns.RunAsync(IPAddress.Parse("10.0.0.2"), () => Check("login"), cancellation);
        hold.Set();
        await Task.WhenAll([.. guesses, login]).WithinAsync("all checks");

        Assert.True(order.ToList().IndexOf("login") <= 1, $"the login came after {order.ToList().IndexOf("login")} guesses");

        bool Check(string what)
        {
            order.Enqueue(what);
            begun.Release();
            hold.Wait(Signal.Limit, cancellation);
            return true;
        }
    }

    [Fact]
    public async Task Run_CancelledWhileWaiting_LeavesItsPlace()
    {
        using var turns = new CheckTurns();
        using var hold = new ManualResetEventSlim();
        using var leave = new CancellationTokenSource();
        var cancellation = TestContext.Current.CancellationToken;
        var first = turns.RunAsync(IPAddress.Loopback, () => hold.Wait(Signal.Limit, cancellation), cancellation);
        var second = turns.RunAsync(IPAddress.Loopback, () => true, leave.Token);

        await leave.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => second);
        hold.Set();

        Assert.True(await first.WithinAsync("the first check"));
        Assert.True(await turns.RunAsync(IPAddress.Loopback, () => true, cancellation).WithinAsync("a check after them"));
    }
}
