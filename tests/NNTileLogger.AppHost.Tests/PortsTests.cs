using System.Net;
using System.Net.Sockets;
using Xunit;

namespace NNTileLogger.AppHost.Tests;

public sealed class PortsTests
{
    [Fact]
    public void IsFree_PortListenedOn_IsFalse()
    {
        using var listener = new TcpListener(IPAddress.IPv6Any, 0);
        listener.Start();

        Assert.False(Ports.IsFree(((IPEndPoint)listener.LocalEndpoint).Port));
    }

    [Fact]
    public void IsFree_PortListenedOnOverIPv4Only_IsFalse()
    {
        using var listener = new TcpListener(IPAddress.Any, 0);
        listener.Start();

        Assert.False(Ports.IsFree(((IPEndPoint)listener.LocalEndpoint).Port));
    }

    [Fact]
    public async Task WaitUntilFree_PortGivenUpInTime_IsTrue()
    {
        using var listener = new TcpListener(IPAddress.Any, 0);
        listener.Start();
        var port = ((IPEndPoint)listener.LocalEndpoint).Port;

        var wait = Ports.WaitUntilFreeAsync(port, TimeSpan.FromSeconds(30), TimeProvider.System, TestContext.Current.CancellationToken);
        Assert.False(wait.IsCompleted);
        listener.Stop();

        Assert.True(await wait);
    }

    [Fact]
    public async Task WaitUntilFree_PortKept_IsFalse()
    {
        using var listener = new TcpListener(IPAddress.Any, 0);
        listener.Start();
        var port = ((IPEndPoint)listener.LocalEndpoint).Port;

        Assert.False(await Ports.WaitUntilFreeAsync(
            port, TimeSpan.FromMilliseconds(300), TimeProvider.System, TestContext.Current.CancellationToken));
    }
}
