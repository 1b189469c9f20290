using Google.Protobuf;
using Grpc.Core;
using NNTileLogger.ServiceDefaults;

namespace NNTileLogger.Ingest.DataProvider;

/// <summary>Refuses in words what TensorBoard could not take: its client drops the connection where a reply is larger.</summary>
internal sealed partial class ReplyLimit(TimeProvider time, ILogger<ReplyLimit> logger)
{
    /// <summary>What TensorBoard's client takes.</summary>
    public const long MostBytes = 256L << 20;

    // A step of one byte, a wall time, a value.
    private const int LeastOfPoint = 13;

    private static readonly TimeSpan _logPause = TimeSpan.FromSeconds(10);

    private readonly LogPause _refused = new(time, _logPause);

    /// <summary>Gives a reply back.</summary>
    /// <exception cref="RpcException">It is too large.</exception>
    public T Check<T>(T reply)
        where T : IMessage
    {
        CheckBytes(reply.CalculateSize());
        return reply;
    }

    /// <summary>Refuses before anything is read.</summary>
    /// <param name="counts">The points of each series.</param>
    /// <param name="share">How many of each are given at most.</param>
    /// <exception cref="RpcException">It would be too large.</exception>
    public void CheckPoints(IEnumerable<long> counts, int share) => CheckBytes(counts.Sum(count => Math.Min(count, share)) * LeastOfPoint);

    /// <summary>Refuses a reply of so many bytes.</summary>
    /// <exception cref="RpcException">It is too large.</exception>
    public void CheckBytes(long bytes)
    {
        if (bytes <= MostBytes)
        {
            return;
        }

        if (_refused.IsOver(out var count))
        {
            LogTooLarge(logger, bytes >> 20, MostBytes >> 20, count);
        }

        throw new RpcException(new Status(
            StatusCode.ResourceExhausted,
            $"the reply would have {bytes >> 20} MiB, and TensorBoard takes {MostBytes >> 20}: ask for fewer points (--samples_per_plugin), runs or tags"));
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "TensorBoard asked for {MiB} MiB at once and takes {Limit}: it got nothing ({Count} such since the last message of this kind). Give it a smaller number in --samples_per_plugin (TENSORBOARD_SAMPLES), or have fewer runs chosen.")]
    private static partial void LogTooLarge(ILogger logger, long miB, long limit, long count);
}
