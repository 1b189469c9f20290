using System.Net;
using System.Net.Sockets;
using NNTileLogger.Ingest.Tests.Support;
using Xunit;

namespace NNTileLogger.Ingest.FaultTests.Clients;

/// <summary>Many connections of an attacker, each a bare socket. Reset when the test ends.</summary>
internal sealed class Crowd : IDisposable
{
    private static readonly TimeSpan _limit = TimeSpan.FromSeconds(60);
    private readonly List<Socket> _sockets = [];

    public IReadOnlyList<Socket> Sockets => _sockets;

    /// <summary>How many the server has not closed, as far as can be seen without sending.</summary>
    public int OpenCount => _sockets.Count(IsOpen);

    /// <summary>Opens so many more.</summary>
    public async Task ConnectAsync(int port, int count)
    {
        for (var i = 0; i < count; i++)
        {
            using var limit = new CancellationTokenSource(_limit);
            var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            _sockets.Add(socket);
            await socket.ConnectAsync(new IPEndPoint(IPAddress.Loopback, port), limit.Token);
        }
    }

    /// <summary>True where the server still holds the connection.</summary>
    public static bool IsOpen(Socket socket) => !(socket.Poll(0, SelectMode.SelectRead) && socket.Available == 0);

    /// <summary>Sends all of it, or as much as is taken until told to stop or the server closes.</summary>
    public static async Task SendAsync(Socket socket, ReadOnlyMemory<byte> bytes, CancellationToken done)
    {
        try
        {
            while (!bytes.IsEmpty)
            {
                bytes = bytes[await socket.SendAsync(bytes, SocketFlags.None, done)..];
            }
        }
        catch (OperationCanceledException)
        {
            // As wanted.
        }
    }

    /// <summary>Has each connection do something until the time is over.</summary>
    public Task DoAsync(TimeSpan time, Func<Socket, int, CancellationToken, Task> act)
    {
        var done = new CancellationTokenSource(time);
        return Task.WhenAll(_sockets.Select((socket, number) => Task.Run(() => act(socket, number, done.Token))));
    }

    /// <summary>Ends every connection as clients do, and waits until the server has closed its side.</summary>
    public async Task EndAsync()
    {
        foreach (var socket in _sockets)
        {
            socket.Shutdown(SocketShutdown.Send);
        }

        using var limit = new CancellationTokenSource(_limit);
        foreach (var socket in _sockets)
        {
            Assert.Equal(0, await socket.ReceiveAsync(new byte[1], SocketFlags.None, limit.Token));
        }
    }

    /// <summary>Waits until the server's process has read all that was sent.</summary>
    public Task ServerHasReadAsync() => Eventually.IsTrueAsync(
        () => _sockets.Sum(Unread) == 0, _limit, () => $"the server has read all; {_sockets.Count(socket => Unread(socket) > 0)} of {_sockets.Count} connections wait");

    /// <summary>Resets every connection and waits until the server has noticed.</summary>
    public async Task ResetAsync(IngestProcess server, int socketsLeft)
    {
        Dispose();
        await Eventually.IsTrueAsync(
            () => SocketsOf(server) <= socketsLeft, _limit, () => $"the server has let go of all but {socketsLeft} sockets; it holds {SocketsOf(server)}");
    }

    /// <summary>Sockets that the server has open, those it listens on included.</summary>
    public static int SocketsOf(IngestProcess server) =>
        Support.ProcessState.Descriptors(server.Id).Count(descriptor => descriptor.StartsWith("socket:", StringComparison.Ordinal));

    private static long Unread(Socket socket) =>
        SocketQueues.Unread(((IPEndPoint)socket.LocalEndPoint!).Port, ((IPEndPoint)socket.RemoteEndPoint!).Port);

    public void Dispose()
    {
        foreach (var socket in _sockets)
        {
            if (!socket.SafeHandle.IsClosed)
            {
                socket.LingerState = new LingerOption(true, 0);
                socket.Close();
            }
        }
    }
}
