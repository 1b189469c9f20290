using System.Net;
using System.Net.Sockets;
using NNTileLogger.Ingest.Protocol;
using NNTileLogger.Ingest.Series;

namespace NNTileLogger.Ingest.Sessions;

/// <summary>
/// Reads one client to its end: bytes, lines, messages, points of its session. One logical thread. It never closes the
/// connection because of what came over it.
/// </summary>
internal sealed class ClientConnection(Socket socket, IPAddress peer, IngestPipeline pipeline)
{
    // The last line under one lock: a block may hold many lines of thousands of series, and the writer waits meanwhile.
    private const int LongLine = 64 << 10;

    private readonly LineBuffer _lines = pipeline.NewLineBuffer();
    private readonly DataArrival _arrivals = pipeline.NewDataArrival(socket);
    private readonly MessageReader _reader = pipeline.NewMessageReader();
    private Message? _message;
    private MessageMapper? _mapper;
    private Session? _session;

    // A message that was read but not taken in whole: it waits for its session, or for room.
    private bool _isPending;
    private DateTimeOffset _now;
    private long _timestamp;
    private DateTimeOffset _unfinishedNow;
    private long _unfinishedTimestamp;
    private long _lastHeard = pipeline.ReadClock().Timestamp;

    /// <summary>The client's address.</summary>
    public IPAddress Peer => peer;

    /// <summary>True once it has sent a valid line: such a connection is never given up for another.</summary>
    public bool HasSentValidLine => _lines.HasSentValidLine;

    /// <summary>When bytes came last, on the monotonic clock; later than any time while they are being taken in.</summary>
    public long LastHeard => Interlocked.Read(ref _lastHeard);

    /// <summary>What keeps a message from being taken in at once.</summary>
    private enum Wait
    {
        Nothing,
        Session,
        Room,
    }

    /// <summary>Closes the connection to make place for another; it then ends by itself. Any thread.</summary>
    public void Abort() => socket.Dispose();

    /// <summary>Reads until the client ends, or the server stops; then all that was sent is in the files.</summary>
    /// <param name="stopping">Set when the server stops: what has arrived by then is still taken in.</param>
    /// <param name="drained">Set when even that must end.</param>
    public async Task RunAsync(CancellationToken stopping, CancellationToken drained)
    {
        var how = SessionEnd.Reset;
        try
        {
            how = await ReceiveAsync(stopping, drained);
        }
        catch (ObjectDisposedException)
        {
            // Aborted: it never sent a valid line.
        }
        catch (OperationCanceledException)
        {
            // Stopped before anything could be read.
            how = SessionEnd.ServerStopped;
        }
        catch (SocketException e)
        {
            how = e.SocketErrorCode == SocketError.TimedOut ? SessionEnd.Unreachable : SessionEnd.Reset;
        }
        finally
        {
            // Also where a fault of ours ends the connection: what came before it is kept.
            try
            {
                await _arrivals.WaitForLastAsync(_lines.UnfinishedLength, drained);
                await EndAsync(how);
            }
            finally
            {
                _arrivals.EndTurn();
            }
        }
    }

    private async Task<SessionEnd> ReceiveAsync(CancellationToken stopping, CancellationToken drained)
    {
        // What is read is in its file at once: nothing is read before it is known which session it goes to.
        await pipeline.Sessions.Recovered.WaitAsync(drained);
        while (true)
        {
            if (!stopping.IsCancellationRequested)
            {
                await _arrivals.WaitAsync(_lines.UnfinishedLength, stopping);
            }

            if (stopping.IsCancellationRequested
                && (drained.IsCancellationRequested || !socket.Poll(TimeSpan.Zero, SelectMode.SelectRead)))
            {
                return SessionEnd.ServerStopped;
            }

            var unfinished = _lines.UnfinishedLength;
            // Whose first line is being read is a stranger no longer than that takes, and is not to give way meanwhile.
            Interlocked.Exchange(ref _lastHeard, long.MaxValue);
            var count = socket.Receive(_lines.BeginReceive(_arrivals.MayReadMuch).Span);
            if (count == 0)
            {
                return SessionEnd.Ended;
            }

            _lines.EndReceive(count);
            pipeline.Metrics.Received(count);
            (_now, _timestamp) = pipeline.ReadClock();
            await TakeInAsync();
            Interlocked.Exchange(ref _lastHeard, _timestamp);
            if (unfinished == 0 || _lines.UnfinishedLength < unfinished + count)
            {
                (_unfinishedNow, _unfinishedTimestamp) = (_now, _timestamp);
            }

            _lines.Park();
            await pipeline.PaceAsync();
        }
    }

    private async ValueTask TakeInAsync()
    {
        _message ??= pipeline.RentMessage();
        Wait wait;
        while ((wait = TakeInLines()) != Wait.Nothing)
        {
            if (wait == Wait.Room)
            {
                await pipeline.WaitForRoomAsync();
            }
            else
            {
                ChooseSession();
            }
        }

        pipeline.ReturnMessage(_message);
        _message = null;
    }

    // By the message that is pending.
    private void ChooseSession()
    {
        _session = pipeline.Sessions.Choose(peer, _lines.Current, _message!, _now, _timestamp);
        _mapper = new MessageMapper(_session.Runs);
    }

    // One clock reading and one report to the metrics for all lines of a block, and few locks: the first line is read
    // before the lock is taken, as it may be of ten thousand series.
    private Wait TakeInLines()
    {
        var counts = default(BlockCounts);
        var wait = Wait.Nothing;
        while (wait == Wait.Nothing && (_isPending || ReadNextMessage(ref counts, sampleWanted: _session is null)))
        {
            wait = _session is { } session ? AppendLines(session, ref counts) : Wait.Session;
        }

        pipeline.BlockRead(counts, _timestamp);
        return wait;
    }

    // Under one lock, up to a long one.
    private Wait AppendLines(Session session, ref BlockCounts counts)
    {
        lock (session.Runs.Gate)
        {
            var arrival = session.Runs.Arrive(_now, _timestamp);
            var mapper = _mapper!;
            while (_isPending || ReadNextMessage(ref counts, sampleWanted: false))
            {
                _isPending = !mapper.TryAppend(_lines.Current, _message!, arrival);
                if (_isPending)
                {
                    break;
                }

                session.MessageCame(_now, _timestamp);
                if (_lines.Current.Length >= LongLine)
                {
                    break;
                }
            }

            counts.Points += mapper.Points;
            counts.PointsWithoutSeries += mapper.PointsWithoutSeries;
            (mapper.Points, mapper.PointsWithoutSeries) = (0, 0);
            session.Runs.Dirty.Committed();
        }

        return _isPending ? Wait.Room : Wait.Nothing;
    }

    // Reads lines up to a good one, which stays pending.
    private bool ReadNextMessage(ref BlockCounts counts, bool sampleWanted)
    {
        while (_lines.TryReadLine(out var line))
        {
            if (TryRead(line, ref counts) && !(sampleWanted && _message!.HasNoSample))
            {
                _isPending = true;
                return true;
            }
        }

        return false;
    }

    private bool TryRead(ReadOnlySpan<byte> line, ref BlockCounts counts)
    {
        var result = _reader.Read(line, _message!);
        if (result == LineResult.Accepted)
        {
            counts.Accepted++;
            counts.InvalidElements += _message!.InvalidElements;
            _lines.HasSentValidLine = true;
            return true;
        }

        if (result != LineResult.Blank)
        {
            // A block may hold a hundred thousand: asking for each whether it should be logged would cost more than reading it.
            if (counts.Rejected == 0)
            {
                pipeline.Rejected(peer, result, line);
            }

            counts.Reject(result);
        }

        return false;
    }

    private async Task EndAsync(SessionEnd how)
    {
        var cut = await TakeInLastAsync();
        _lines.Close();
        _arrivals.EndTurn();
        _reader.Close();
        if (_session is not { } session)
        {
            return;
        }

        if (cut)
        {
            lock (session.Runs.Gate)
            {
                // The client read its counters when it began the line that was cut.
                session.MessageCame(_unfinishedNow, _unfinishedTimestamp);
            }
        }

        await pipeline.Sessions.EndAsync(session, cut && how != SessionEnd.ServerStopped ? SessionEnd.Cut : how);
    }

    // The last line has no newline: it counts where it is whole all the same.
    private async Task<bool> TakeInLastAsync()
    {
        var wasSkipping = _lines.IsSkipping;
        if (!_lines.TryReadLast(out _))
        {
            return wasSkipping;
        }

        _message ??= pipeline.RentMessage();
        var counts = default(BlockCounts);
        var result = _reader.Read(_lines.Current, _message);
        if (result == LineResult.Accepted)
        {
            counts.Accepted = 1;
            counts.InvalidElements = _message.InvalidElements;
            _isPending = _session is not null || !_message.HasNoSample;
        }
        else if (result != LineResult.Blank)
        {
            pipeline.Metrics.LineCut();
        }

        pipeline.Metrics.BlockRead(counts);
        if (_isPending && _session is null)
        {
            ChooseSession();
        }

        await TakeInAsync();
        return result is not (LineResult.Accepted or LineResult.Blank);
    }
}
