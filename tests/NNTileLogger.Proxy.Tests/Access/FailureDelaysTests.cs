using System.Net;
using Microsoft.Extensions.Time.Testing;
using NNTileLogger.Proxy.Access;
using Xunit;

namespace NNTileLogger.Proxy.Tests.Access;

public sealed class FailureDelaysTests
{
    private readonly FakeTimeProvider _time = new();

    [Fact]
    public void Add_EachFailureOfAnAddress_TakesTwiceAsLongUpToTheLongest()
    {
        var delays = new FailureDelays(_time);

        double[] seconds = [.. Enumerable.Range(0, 8).Select(_ => delays.Add(IPAddress.Parse("10.0.0.1")).TotalSeconds)];

        Assert.Equal([0.25, 0.5, 1, 2, 4, 8, 8, 8], seconds);
    }

    [Fact]
    public void Add_AnotherAddress_StartsAnew()
    {
        var delays = new FailureDelays(_time);
        delays.Add(IPAddress.Parse("10.0.0.1"));

        Assert.Equal(0.25, delays.Add(IPAddress.Parse("10.0.0.2")).TotalSeconds);
    }

    [Theory]
    [InlineData("2001:db8::1", "2001:db8::2", true)]
    [InlineData("2001:db8::1", "2001:db8:0:1::1", false)]
    [InlineData("::ffff:10.0.0.1", "10.0.0.1", true)]
    public void Add_AddressesOfOneNetworkPrefix_AreOne(string first, string second, bool areOne)
    {
        var delays = new FailureDelays(_time);
        delays.Add(IPAddress.Parse(first));

        Assert.Equal(areOne ? 0.5 : 0.25, delays.Add(IPAddress.Parse(second)).TotalSeconds);
    }

    [Fact]
    public void Add_LongAfterTheLast_StartsAnew()
    {
        var delays = new FailureDelays(_time);
        delays.Add(IPAddress.Loopback);
        delays.Add(IPAddress.Loopback);

        _time.Advance(FailureDelays.Memory);

        Assert.Equal(0.25, delays.Add(IPAddress.Loopback).TotalSeconds);
    }

    [Fact]
    public async Task Wait_ManyAtOnce_AreKeptToABound()
    {
        var delays = new FailureDelays(_time);
        var cancellation = TestContext.Current.CancellationToken;

        var waits = Enumerable.Range(0, 1500).Select(_ => delays.WaitAsync(FailureDelays.Longest, cancellation)).ToList();

        Assert.Equal(500, waits.Count(wait => wait.IsCompleted));
        _time.Advance(FailureDelays.Longest);
        var answers = await Task.WhenAll(waits);
        Assert.Equal(1000, answers.Count(isWaited => isWaited));
        Assert.False(delays.WaitAsync(FailureDelays.Longest, cancellation).IsCompleted);
    }
}
