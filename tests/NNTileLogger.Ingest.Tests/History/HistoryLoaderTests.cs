using NNTileLogger.Ingest.History;
using NNTileLogger.Ingest.Tests.Support;
using Xunit;

namespace NNTileLogger.Ingest.Tests.History;

/// <summary>Looking at what is below LOG_DIR must never cost a training a point.</summary>
public sealed class HistoryLoaderTests : IDisposable
{
    private static readonly TimeSpan _limit = TimeSpan.FromSeconds(30);

    private readonly TempLogDirectory _logs = new();

    public void Dispose() => _logs.Dispose();

    [Fact]
    public async Task Look_ThatFails_IsRepeatedAndTrainingsAreTakenInMeanwhile()
    {
        await using var server = await InProcessIngest.StartAsync(new IngestOptions { LogDirectory = _logs.Path });
        var looks = 0;
        server.Part<HistoryLoader>().Looked += _ =>
        {
            Interlocked.Increment(ref looks);
            throw new InvalidOperationException("a fault of the look");
        };
        server.Part<Attention>().Asked();
        await Eventually.IsTrueAsync(() => Volatile.Read(ref looks) >= 1, _limit, "it is looked");

        await NNTileClient.SendWholeAsync(server.Port, Lines.Scalar("unharmed", 1, 2, 3));
        await Eventually.IsTrueAsync(() => Volatile.Read(ref looks) >= 2, _limit, "it is looked again");
        await NNTileClient.SendWholeAsync(server.Port, Lines.Scalar("later", 4));
        Assert.Equal([1, 2, 3], _logs.Sessions().SelectMany(session => session.Values("unharmed")));
        Assert.Equal([4], _logs.Sessions().SelectMany(session => session.Values("later")));
    }
}
