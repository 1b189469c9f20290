using System.Net;
using System.Net.Sockets;
using NNTileLogger.Ingest.Sessions;
using Xunit;

namespace NNTileLogger.Ingest.Tests.Sessions;

/// <summary>When a connection is told to read.</summary>
public sealed class DataArrivalTests
{
    [Fact]
    public async Task Wait_EndsOnlyWhereSomethingCanBeReceived()
    {
        const int bytes = 20_000;
        var cancellation = TestContext.Current.CancellationToken;
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        using var client = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await client.ConnectAsync((IPEndPoint)listener.LocalEndpoint, cancellation);
        using var server = await listener.AcceptSocketAsync(cancellation);
        using var turns = new ReadingTurns();
        var arrivals = new DataArrival(server, turns, TimeProvider.System);
        var sending = Task.Run(
            () =>
            {
                // Bytes come at all moments of the reader's round.
                for (var sent = 0; sent < bytes; sent++)
                {
                    client.Send([(byte)'x']);
                    Thread.SpinWait(sent % 500);
                }
            },
            cancellation);

        var buffer = new byte[64];
        for (var received = 0; received < bytes;)
        {
            await arrivals.WaitAsync(0, cancellation);
            Assert.True(server.Poll(TimeSpan.Zero, SelectMode.SelectRead), $"told to receive where nothing is, behind {received} bytes");
            received += server.Receive(buffer);
        }

        await sending;
        arrivals.EndTurn();
    }
}
