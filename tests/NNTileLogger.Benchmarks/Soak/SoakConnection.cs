using System.Net;
using System.Net.Sockets;
using System.Text;

namespace NNTileLogger.Benchmarks.Soak;

/// <summary>One connection of a soak's client, with each of the ways in which one can end. Used by its client alone.</summary>
internal sealed class SoakConnection : IDisposable
{
    private static readonly TimeSpan _closeLimit = TimeSpan.FromSeconds(60);

    private readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
    private readonly SoakTally _tally;
    private long _points;

    private SoakConnection(SoakTally tally) => _tally = tally;

    public static async Task<SoakConnection> OpenAsync(int port, SoakTally tally, CancellationToken done)
    {
        var connection = new SoakConnection(tally);
        try
        {
            await connection._socket.ConnectAsync(IPAddress.Loopback, port, done);
            tally.AddStay();
            return connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    /// <summary>Sends whole lines. They are sent to their end also where the soak is over meanwhile.</summary>
    public async Task SendAsync(ReadOnlyMemory<byte> lines, long points)
    {
        await SendAsync(lines);
        _points += points;
        _tally.AddSent(points);
    }

    /// <summary>Sends what makes no point.</summary>
    public async Task SendAsync(ReadOnlyMemory<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            bytes = bytes[await _socket.SendAsync(bytes)..];
        }
    }

    public Task SendAsync(string text) => SendAsync(Encoding.UTF8.GetBytes(text));

    /// <summary>An ordinary end: the server closes its side once all is in the files.</summary>
    public async Task EndAsync()
    {
        _socket.Shutdown(SocketShutdown.Send);
        using var limit = new CancellationTokenSource(_closeLimit);
        try
        {
            if (await _socket.ReceiveAsync(new byte[1], SocketFlags.None, limit.Token) != 0)
            {
                throw new RunFailedException("The server sent something back.");
            }
        }
        catch (OperationCanceledException)
        {
            throw new RunFailedException($"The server has not closed a connection {_closeLimit.TotalSeconds} s after its client ended it.");
        }

        _tally.AddArrived(_points);
    }

    /// <summary>The connection is reset, as by a machine that comes up again.</summary>
    public void Reset()
    {
        _socket.LingerState = new LingerOption(true, 0);
        _socket.Close();
    }

    public void Dispose() => _socket.Dispose();
}
