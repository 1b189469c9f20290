using System.Net;
using System.Net.Sockets;

namespace NNTileLogger.ServiceDefaults;

/// <summary>Opens a port that the previous server may be about to leave; at start only.</summary>
public static class PortPatience
{
    private static readonly TimeSpan _pause = TimeSpan.FromMilliseconds(100);

    /// <summary>Tries until it works or patience ends.</summary>
    /// <param name="variable">The variable that names the port, for the error.</param>
    /// <param name="port">The port.</param>
    /// <param name="patience">How long another program may take to leave it.</param>
    /// <param name="time">The clock.</param>
    /// <param name="open">Opens it.</param>
    /// <param name="cancellation">Gives up early.</param>
    /// <returns>What was opened.</returns>
    /// <exception cref="StartupException">It stays in use, or may not be opened.</exception>
    public static async Task<Socket> OpenAsync(
        string variable, int port, TimeSpan patience, TimeProvider time, Func<Socket> open, CancellationToken cancellation)
    {
        var start = time.GetTimestamp();
        while (true)
        {
            try
            {
                return open();
            }
            catch (SocketException e) when (e.SocketErrorCode == SocketError.AddressAlreadyInUse)
            {
                if (time.GetElapsedTime(start) >= patience)
                {
                    throw new StartupException(
                        $"{variable}={port}: the port is in use by another program. Stop that program (ss -ltnp shows it), or choose another port.");
                }
            }
            catch (SocketException e)
            {
                throw new StartupException($"{variable}={port}: cannot open the port: {e.Message}. Choose another one.");
            }

            await Task.Delay(_pause, time, cancellation);
        }
    }

    /// <summary>
    /// Waits until a port is free. Kestrel gives a busy port up at once; so it is asked to open it only after this.
    /// </summary>
    /// <param name="variable">The variable that names the port, for the error.</param>
    /// <param name="endpoint">Where to listen.</param>
    /// <param name="patience">How long another program may take to leave it.</param>
    /// <param name="time">The clock.</param>
    /// <param name="cancellation">Gives up early.</param>
    /// <exception cref="StartupException">It stays in use, or may not be opened.</exception>
    public static async Task WaitUntilFreeAsync(
        string variable, IPEndPoint endpoint, TimeSpan patience, TimeProvider time, CancellationToken cancellation)
    {
        var probe = await OpenAsync(variable, endpoint.Port, patience, time, () => Bind(endpoint), cancellation);
        probe.Dispose();
    }

    private static Socket Bind(IPEndPoint endpoint)
    {
        var socket = new Socket(endpoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            if (endpoint.Address.Equals(IPAddress.IPv6Any))
            {
                socket.DualMode = true;
            }

            socket.Bind(endpoint);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
