using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using NNTileLogger.Proxy.Connections;
using NNTileLogger.ServiceDefaults;

namespace NNTileLogger.Proxy;

/// <summary>What Kestrel is told: where to listen, and the limits that keep a slow or greedy client from holding anything.</summary>
internal static class ProxyKestrel
{
    private const int DescriptorsAConnection = 2;
    private const int DescriptorsOfItsOwn = 256;
    private const int KeepAliveSeconds = 30;
    private const int KeepAliveInterval = 10;
    private const int KeepAliveCount = 3;

    private static readonly TimeSpan _grace = TimeSpan.FromSeconds(5);

    /// <summary>
    /// Connections that fit into what the system lets this process open, one to the client and one to the backend each.
    /// Without a descriptor left Kestrel would try to accept for ever, at full load.
    /// </summary>
    public static int MostConnections(int wanted) =>
        DescriptorLimit.OfThisProcess() is { } limit
            ? Math.Clamp((limit - DescriptorsOfItsOwn) / DescriptorsAConnection, 1, wanted)
            : wanted;

    /// <summary>Called once, before the service is built.</summary>
    public static void AddTo(ConfigureWebHostBuilder host, ProxyOptions options, TlsHandshake handshake)
    {
        host.UseSockets(sockets => sockets.CreateBoundListenSocket = Bind);
        host.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            Limit(kestrel.Limits, options);
            kestrel.Listen(new IPEndPoint(options.Address, options.Port), listen =>
            {
                listen.Protocols = HttpProtocols.Http1AndHttp2;
                listen.Use(next => new PlainHttpAnswer(next, options.HandshakeTimeout).OnConnectionAsync);
                listen.UseHttps(handshake.Options(options.HandshakeTimeout));
                listen.Use(next => new CloseNotify(next).OnConnectionAsync);
            });
        });
    }

    private static void Limit(KestrelServerLimits limits, ProxyOptions options)
    {
        limits.MaxConcurrentConnections = MostConnections(options.MaxConnections);
        limits.MaxConcurrentUpgradedConnections = limits.MaxConcurrentConnections;
        limits.MaxRequestHeadersTotalSize = options.MaxHeaderBytes;
        limits.MaxRequestBodySize = options.MaxBodyBytes;
        limits.RequestHeadersTimeout = options.HeaderTimeout;
        limits.KeepAliveTimeout = options.KeepAlive;
        // Kestrel's own 240 bytes a second would let a client that takes nothing hold a backend's connection for minutes.
        limits.MinRequestBodyDataRate = new MinDataRate(options.MinBytesPerSecond, _grace);
        limits.MinResponseDataRate = new MinDataRate(options.MinBytesPerSecond, _grace);
        limits.Http2.KeepAlivePingDelay = TimeSpan.FromSeconds(KeepAliveSeconds);
        limits.Http2.KeepAlivePingTimeout = TimeSpan.FromSeconds(KeepAliveInterval * KeepAliveCount);
    }

    // Accepted sockets take these settings over; a client that vanished under a silent WebSocket is found by them.
    private static Socket Bind(EndPoint endpoint)
    {
        var socket = SocketTransportOptions.CreateDefaultBoundListenSocket(endpoint);
        socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive, true);
        socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveTime, KeepAliveSeconds);
        socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveInterval, KeepAliveInterval);
        socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveRetryCount, KeepAliveCount);
        return socket;
    }
}
