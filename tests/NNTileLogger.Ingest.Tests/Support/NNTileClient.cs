using System.Net;
using System.Net.Sockets;
using System.Text;

namespace NNTileLogger.Ingest.Tests.Support;

/// <summary>One connection to the server, as NNTile's clients make it, with each of the ways in which one can end.</summary>
internal sealed class NNTileClient : IDisposable
{
    private static readonly TimeSpan _limit = TimeSpan.FromSeconds(60);

    private readonly Socket _socket;

    private NNTileClient(Socket socket)
    {
        _socket = socket;
    }

    /// <summary>Connects over IPv4, or to another address of this machine.</summary>
    public static async Task<NNTileClient> ConnectAsync(int port, IPAddress? address = null, IPAddress? from = null)
    {
        address ??= IPAddress.Loopback;
        var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        using var limit = new CancellationTokenSource(_limit);
        try
        {
            if (from is not null)
            {
                socket.Bind(new IPEndPoint(from, 0));
            }

            await socket.ConnectAsync(new IPEndPoint(address, port), limit.Token);
            return new NNTileClient(socket);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>Connects, sends all, ends its side and waits until the server has closed.</summary>
    public static async Task SendWholeAsync(int port, ReadOnlyMemory<byte> bytes)
    {
        using var client = await ConnectAsync(port);
        await client.SendAsync(bytes);
        await client.EndAsync();
    }

    public static Task SendWholeAsync(int port, string text) => SendWholeAsync(port, Encoding.UTF8.GetBytes(text));

    public async Task SendAsync(ReadOnlyMemory<byte> bytes)
    {
        using var limit = new CancellationTokenSource(_limit);
        while (!bytes.IsEmpty)
        {
            var sent = await _socket.SendAsync(bytes, SocketFlags.None, limit.Token);
            bytes = bytes[sent..];
        }
    }

    public Task SendAsync(string text) => SendAsync(Encoding.UTF8.GetBytes(text));

    /// <summary>The same from a thread that waits for it.</summary>
    public void Send(string text) => Xunit.Assert.Equal(Encoding.UTF8.GetByteCount(text), _socket.Send(Encoding.UTF8.GetBytes(text)));

    /// <summary>Waits until the server's process has read all that was sent.</summary>
    public Task ServerHasReadAsync() => Eventually.IsTrueAsync(() => Unread() == 0, _limit, "the server has read all that was sent");

    /// <summary>Bytes sent that the server's process has not read yet.</summary>
    public long Unread() => SocketQueues.Unread(((IPEndPoint)_socket.LocalEndPoint!).Port, ((IPEndPoint)_socket.RemoteEndPoint!).Port);

    /// <summary>An ordinary end: our side is closed, and the server closes when it has taken in everything.</summary>
    public async Task EndAsync()
    {
        _socket.Shutdown(SocketShutdown.Send);
        await ServerClosedAsync(resetIsFine: false);
    }

    /// <summary>Waits until the server closes the connection. Nothing is ever sent back, so a byte that arrives is an error.</summary>
    public async Task ServerClosedAsync(bool resetIsFine = true)
    {
        using var limit = new CancellationTokenSource(_limit);
        try
        {
            var count = await _socket.ReceiveAsync(new byte[1], SocketFlags.None, limit.Token);
            Xunit.Assert.True(count == 0, "the server sent something back");
        }
        catch (SocketException exception) when (resetIsFine && exception.SocketErrorCode is SocketError.ConnectionReset)
        {
            // A server that was killed or stopped resets what it had not read.
        }
    }

    /// <summary>Whether the server still holds the connection, as far as can be seen without sending.</summary>
    public bool IsOpen => !(_socket.Poll(0, SelectMode.SelectRead) && _socket.Available == 0);

    /// <summary>An abnormal end: the connection is reset, what the server has not read yet may be lost.</summary>
    public void Reset()
    {
        _socket.LingerState = new LingerOption(true, 0);
        _socket.Close();
    }

    public void Dispose() => _socket.Dispose();
}
