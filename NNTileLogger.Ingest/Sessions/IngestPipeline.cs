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
    IngestMetrics metrics,
    TimeProvider time,
    ILogger<IngestPipeline> logger)
{
    private const int LogSampleLength = 120;
    private static readonly TimeSpan _logPause = TimeSpan.FromSeconds(10);

    private readonly Lock _gate = new();
    private readonly Stack<Message> _messages = new();
    private readonly LogPause _rejections = new(time, _logPause);

    public SessionRegistry Sessions { get; } = sessions;

    public IngestMetrics Metrics { get; } = metrics;

    public LineBuffer NewLineBuffer() => new(lineBudget, options.MaxLineBytes);

    public DataArrival NewDataArrival(Socket socket) => new(socket, time);

    /// <summary>The time on both clocks; read once a block.</summary>
    public (DateTimeOffset Now, long Timestamp) ReadClock() => (time.GetUtcNow(), time.GetTimestamp());

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

    /// <summary>Logs a refused line, at most one in ten seconds.</summary>
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
