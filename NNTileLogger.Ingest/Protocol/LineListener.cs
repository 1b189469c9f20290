using System.Net;
using System.Net.Sockets;
using NNTileLogger.ServiceDefaults;

namespace NNTileLogger.Ingest.Protocol;

/// <summary>
/// The TCP port that clients connect to, on all addresses of both kinds. Bound before anything is cleared.
/// </summary>
internal sealed class LineListener : IDisposable
{
    private const int Backlog = 1024;

    // A vanished client is noticed after a minute, also where it never sends again.
    private const int KeepAliveSeconds = 30;
    private const int KeepAliveIntervalSeconds = 10;
    private const int KeepAliveProbes = 3;

    private readonly Socket _socket;

    private LineListener(Socket socket) => _socket = socket;

    /// <summary>The port, also where any free one was asked for.</summary>
    public int Port => ((IPEndPoint)_socket.LocalEndPoint!).Port;

    /// <summary>Opens the port, waiting a while for another program that is about to leave it.</summary>
    /// <exception cref="StartupException">It stays in use, or may not be opened.</exception>
    public static async Task<LineListener> OpenAsync(int port, TimeSpan patience, TimeProvider time, CancellationToken cancellation) =>
        new(await PortPatience.OpenAsync("SERVER_PORT", port, patience, time, () => Bind(port), cancellation));

    /// <summary>Waits for the next client.</summary>
    public async Task<Socket> AcceptAsync(CancellationToken cancellation)
    {
        var client = await _socket.AcceptAsync(cancellation);
        try
        {
            client.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive, true);
            client.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveTime, KeepAliveSeconds);
            client.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveInterval, KeepAliveIntervalSeconds);
            client.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveRetryCount, KeepAliveProbes);
            return client;
        }
        catch
        {
            client.Dispose();
            throw;
        }
    }

    /// <summary>The address of a client, an IPv4 one as such; null where it is gone already.</summary>
    public static IPAddress? TryGetPeer(Socket client)
    {
        try
        {
            var address = (client.RemoteEndPoint as IPEndPoint)?.Address;
            return address is { IsIPv4MappedToIPv6: true } ? address.MapToIPv4() : address;
        }
        catch (SocketException)
        {
            return null;
        }
    }

    public void Dispose() => _socket.Dispose();

    private static Socket Bind(int port)
    {
        var socket = Socket.OSSupportsIPv6
            ? new Socket(AddressFamily.InterNetworkV6, SocketType.Stream, ProtocolType.Tcp) { DualMode = true }
            : new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            socket.Bind(new IPEndPoint(Socket.OSSupportsIPv6 ? IPAddress.IPv6Any : IPAddress.Any, port));
            socket.Listen(Backlog);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
