using System.Net.Sockets;
using System.Runtime.CompilerServices;

namespace NNTileLogger.Ingest.Sessions;

/// <summary>
/// Tells a connection when bytes have come, without memory for them: thousands of silent connections hold none. A
/// client at full speed lets others read after a turn. Used by its connection alone.
/// </summary>
internal sealed class DataArrival(Socket socket, TimeProvider time)
{
    // Long enough that changing threads costs nothing, short enough that nobody notices a wait of a few turns.
    private static readonly TimeSpan _longestTurn = TimeSpan.FromMilliseconds(4);

    private long _turnBegan;

    /// <summary>Completes when there is something to receive, the client has ended, or the server stops.</summary>
    /// <exception cref="SocketException">The connection is lost.</exception>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    public async ValueTask WaitAsync(CancellationToken stopping)
    {
        try
        {
            var ready = socket.ReceiveAsync(Memory<byte>.Empty, SocketFlags.None, stopping);
            var isThere = ready.IsCompleted;
            await ready;
            if (isThere && time.GetElapsedTime(_turnBegan) <= _longestTurn)
            {
                return;
            }

            if (isThere)
            {
                await Task.Yield();
            }

            _turnBegan = time.GetTimestamp();
        }
        catch (OperationCanceledException)
        {
            // The caller looks at what has arrived.
        }
    }
}
