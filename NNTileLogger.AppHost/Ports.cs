using System.Net;
using System.Net.Sockets;

namespace NNTileLogger.AppHost;

/// <summary>Asks the system whether TCP ports are free, by listening on them for a moment.</summary>
internal static class Ports
{
    /// <summary>Long enough for a previous run that was told to stop to be gone.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(8);

    private static readonly TimeSpan _pause = TimeSpan.FromMilliseconds(250);

    public static bool IsFree(int port)
    {
        try
        {
            Listen(port).Dispose();
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    public static int AnyFree()
    {
        using var socket = Listen(0);
        return ((IPEndPoint)socket.LocalEndPoint!).Port;
    }

    /// <summary>Waits until <paramref name="port"/> is free, at most <paramref name="patience"/>.</summary>
    /// <returns>Whether it is free.</returns>
    public static async Task<bool> WaitUntilFreeAsync(int port, TimeSpan patience, TimeProvider time, CancellationToken cancellationToken)
    {
        var start = time.GetTimestamp();
        while (!IsFree(port))
        {
            if (time.GetElapsedTime(start) >= patience)
            {
                return false;
            }

            await Task.Delay(_pause, time, cancellationToken);
        }

        return true;
    }

    private static Socket Listen(int port)
    {
        var any = Socket.OSSupportsIPv6 ? IPAddress.IPv6Any : IPAddress.Any;
        var socket = new Socket(any.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            if (Socket.OSSupportsIPv6)
            {
                socket.DualMode = true;
            }

            socket.Bind(new IPEndPoint(any, port));
            socket.Listen();
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
