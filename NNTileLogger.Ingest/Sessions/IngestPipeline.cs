using System.Net;
using System.Net.Sockets;
using System.Text;
using NNTileLogger.Ingest.EventFiles;
using NNTileLogger.Ingest.Protocol;
using NNTileLogger.ServiceDefaults;

namespace NNTileLogger.Ingest.Sessions;

/// <summary>What all connections share. Any thread.</summary>
internal sealed partial class IngestPipeline(
    IngestOptions options,
    SessionRegistry sessions,
    LineBudget lineBudget,
    PointBuffer buffer,
    EventWriter writer,
    ReadingTurns turns,
    IngestMetrics metrics,
    TimeProvider time,
    ILogger<IngestPipeline> logger)
{
    // A node of 8 GPUs takes 60 KB: a thousand trainings have theirs, and the lines of strangers no more than this.
    private const long ShapeBytes = 64 << 20;

    private const int LogSampleLength = 120;
    private static readonly TimeSpan _logPause = TimeSpan.FromSeconds(10);

    private readonly ShapeMemory _shapes = new(ShapeBytes);
    private readonly Lock _gate = new();
    private readonly Stack<Message> _messages = new();
    private readonly LogPause _rejections = new(time, _logPause);

    public SessionRegistry Sessions { get; } = sessions;

    public IngestMetrics Metrics { get; } = metrics;

    public LineBuffer NewLineBuffer() => new(lineBudget, options.MaxLineBytes);

    public MessageReader NewMessageReader() => new(_shapes);

    public DataArrival NewDataArrival(Socket socket) => new(socket, turns, time);

    /// <summary>The time on both clocks; read once a block.</summary>
    public (DateTimeOffset Now, long Timestamp) ReadClock() => (time.GetUtcNow(), time.GetTimestamp());

    /// <summary>Reports a block whose points are in their series.</summary>
    /// <param name="block">What came of it.</param>
    /// <param name="received">When it came, on the monotonic clock.</param>
    public void BlockRead(in BlockCounts block, long received)
    {
        Metrics.BlockRead(block);
        if (block.Rejected > 1)
        {
            _rejections.Add(block.Rejected - 1);
        }

        if (block.Points > 0)
        {
            Metrics.InSeries(time.GetElapsedTime(received));
        }
    }

    /// <summary>Waits a moment where points come faster than they are written.</summary>
    public ValueTask PaceAsync() => buffer.PaceAsync();

    /// <summary>Waits until unwritten points take less memory than they may.</summary>
    public Task WaitForRoomAsync()
    {
        var room = buffer.WaitForRoomAsync();
        writer.MakeRoom();
        return room;
    }

    /// <summary>Gives a message to read into; only connections that are reading hold one.</summary>
    public Message RentMessage()
    {
        lock (_gate)
        {
            return _messages.TryPop(out var message) ? message : new Message();
        }
    }

    public void ReturnMessage(Message message)
    {
        message.Trim();
        lock (_gate)
        {
            _messages.Push(message);
        }
    }

    /// <summary>Logs the first refused line of a block, at most one in ten seconds.</summary>
    public void Rejected(IPAddress peer, LineResult result, ReadOnlySpan<byte> line)
    {
        if (!_rejections.IsOver(out var count))
        {
            return;
        }

        var reason = result == LineResult.TooDeep ? "it is nested too deep" : "it is not one JSON object";
        var sample = Encoding.UTF8.GetString(line[..Math.Min(line.Length, LogSampleLength)].TrimEnd("\r\n"u8));
        LogRejected(logger, peer, reason, line.Length, LogText.Escape(sample), count);
    }

    [LoggerMessage(
        Level = LogLevel.Warning,
        Message = "Passed over a line from {Peer}: {Reason} ({Length} bytes, beginning {Sample}). {Count} such lines since the last message of this kind.")]
    private static partial void LogRejected(ILogger logger, IPAddress peer, string reason, int length, string sample, long count);
}
