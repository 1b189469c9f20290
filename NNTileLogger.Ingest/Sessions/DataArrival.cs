using System.Net.Sockets;
using System.Runtime.CompilerServices;

namespace NNTileLogger.Ingest.Sessions;

/// <summary>
/// Tells a connection when it may read: when bytes have come, without memory for them, so that thousands of silent
/// connections hold none; and, where it has sent much of late, when it has its turn. Used by its connection alone.
/// </summary>
internal sealed class DataArrival(Socket socket, ReadingTurns turns, TimeProvider time)
{
    // A node's message takes a tenth of a millisecond. So much is free in each window, also for two thousand clients.
    private static readonly TimeSpan _free = TimeSpan.FromMilliseconds(0.25);
    private static readonly TimeSpan _window = TimeSpan.FromMilliseconds(100);

    // Whose turn it is waits so long for more on its own thread: to be called costs two changes of threads.
    private static readonly TimeSpan _patience = TimeSpan.FromMilliseconds(1);

    // A line that takes megabytes while it is read waits for its turn however slowly it comes.
    private const int LongLine = 1 << 20;

    private bool _hasTurn;
    private long _began = time.GetTimestamp();
    private TimeSpan _used;
    private long _windowBegan;

    /// <summary>True where a large block may be read at once.</summary>
    public bool MayReadMuch => _hasTurn && turns.AreLong;

    // A receive of nothing may complete for bytes that were received before it: .NET passes the system's notice on without
    // looking. A blocking receive would then wait for the client's next line, and its turn with it.
    private bool HasArrived => socket.Poll(TimeSpan.Zero, SelectMode.SelectRead);

    private bool ArrivesSoon => socket.Poll(turns.AreLong ? _patience : TimeSpan.Zero, SelectMode.SelectRead);

    /// <summary>Completes when there is something to receive, the client has ended, or the server stops.</summary>
    /// <param name="unfinished">Bytes of the line that is under way.</param>
    /// <param name="stopping">Set when the server stops.</param>
    /// <exception cref="SocketException">The connection is lost.</exception>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    public async ValueTask WaitAsync(int unfinished, CancellationToken stopping)
    {
        var now = time.GetTimestamp();
        var sendsMuch = NoteUse(now);
        try
        {
            if (_hasTurn && time.GetElapsedTime(_began, now) <= turns.Length && ArrivesSoon)
            {
                return;
            }

            EndTurn();
            do
            {
                await socket.ReceiveAsync(Memory<byte>.Empty, SocketFlags.None, stopping);
            }
            while (!HasArrived);

            if (sendsMuch || unfinished >= LongLine)
            {
                await TakeTurnAsync(stopping);
            }
        }
        catch (OperationCanceledException)
        {
            // The caller looks at what has arrived.
        }

        _began = time.GetTimestamp();
    }

    /// <summary>Waits for a turn where a line is long that must be read without waiting for more of it.</summary>
    public async ValueTask WaitForLastAsync(int unfinished, CancellationToken drained)
    {
        if (!_hasTurn && unfinished >= LongLine)
        {
            try
            {
                await TakeTurnAsync(drained);
            }
            catch (OperationCanceledException)
            {
                // There is no time left to wait in.
            }
        }
    }

    /// <summary>Gives back the turn where the connection has one.</summary>
    public void EndTurn()
    {
        if (_hasTurn)
        {
            _hasTurn = false;
            turns.Give();
        }
    }

    private async ValueTask TakeTurnAsync(CancellationToken stopping)
    {
        await turns.TakeAsync(stopping);
        _hasTurn = true;
    }

    // Reading is work from the return of a wait to the next: whether there was much of it of late.
    private bool NoteUse(long now)
    {
        if (time.GetElapsedTime(_windowBegan, now) > _window)
        {
            (_windowBegan, _used) = (now, TimeSpan.Zero);
        }

        _used += time.GetElapsedTime(_began, now);
        return _used > _free;
    }
}
