using System.Text.Json;
using NNTileLogger.Ingest.Tests.Support;
using Xunit;

namespace NNTileLogger.Ingest.Tests.Live;

/// <summary>What a watcher gets who comes back for more than memory has: after a restart of the server, or after long.</summary>
public sealed class MissedPointsTests
{
    private const int Spike = 12_345;
    private static readonly TimeSpan _silence = TimeSpan.FromSeconds(1);

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Stream_WatcherComesBackAfterARestart_IsGivenWhatCameSinceItsLastEvent(bool stopped)
    {
        using var logs = new TempLogDirectory();
        var server = await IngestProcess.StartAsync(logs.Path);
        try
        {
            using var before = await Training.BeginAsync(() => (server.Port, logs), "a", 1, "CUDA 0");
            var (id, cursor) = await WatchOnePointAsync(server, before);
            await before.SendAsync(Lines.Scalar("a", 3, 4));
            await before.ArrivedAsync(4);
            if (stopped)
            {
                await server.StopAsync();
            }

            await server.DisposeAsync();
            server = await IngestProcess.StartAsync(logs.Path);
            using var again = await before.AgainAsync(_silence, value: 5);
            await again.ArrivedAsync(5);
            using var later = new LiveClient(server.HttpPort);
            var (points, _) = await later.StreamAsync(id, cursor, "a", 6, () => again.SendAsync(Lines.Scalar("a", 6)));
            Assert.Equal([3, 4, 5, 6], Steps(points, "a"));
            Assert.Equal([2], Steps(points, "CUDA 0"));
        }
        finally
        {
            await server.DisposeAsync();
        }
    }

    [Fact]
    public async Task Stream_MoreWasMissedThanMemoryHolds_IsGivenItReducedWithExtremesAndEnds()
    {
        const int missed = 20_000;
        using var logs = new TempLogDirectory();
        var server = await IngestProcess.StartAsync(logs.Path);
        try
        {
            using var before = await Training.BeginAsync(() => (server.Port, logs), "a", 1, "CUDA 0");
            var (id, cursor) = await WatchOnePointAsync(server, before);
            await before.SendAsync(Lines.Scalar("a", [.. Enumerable.Range(3, missed - 2).Select(step => step == Spike ? 1000 : Math.Sin(step))]));
            await before.SendAsync(Lines.Scalar("a", 7));
            await before.ArrivedAsync(7);

            // The same server first: all of it is in memory, reduced.
            using (var api = new LiveClient(server.HttpPort))
            {
                AssertTells((await api.StreamAsync(id, cursor, "a", missed + 1)).Points, missed + 1);
            }

            await server.StopAsync();
            await server.DisposeAsync();
            server = await IngestProcess.StartAsync(logs.Path);
            using var again = await before.AgainAsync(_silence, value: 8);
            using var later = new LiveClient(server.HttpPort);
            AssertTells((await later.StreamAsync(id, cursor, "a", missed + 2)).Points, missed + 2);
        }
        finally
        {
            await server.DisposeAsync();
        }
    }

    // Sees the second point come, and goes.
    private static async Task<(string Id, string Cursor)> WatchOnePointAsync(IngestProcess server, Training training)
    {
        using var api = new LiveClient(server.HttpPort);
        var id = LiveClient.Id(await api.SessionWithRunAsync("a"));
        var (_, cursor) = await api.StreamAsync(id, after: null, "a", 2, () => training.SendAsync(Lines.Scalar("a", 2)));
        return (id, cursor);
    }

    private static void AssertTells(List<JsonElement> points, long last)
    {
        var steps = Steps(points, "a");
        Assert.InRange(steps.Count, 100, 3000);
        Assert.Equal(steps.Distinct().Order(), steps);
        Assert.Equal(last, steps[^1]);
        Assert.InRange(steps[0], 3, 200);
        Assert.Contains(Spike, steps);
    }

    private static List<long> Steps(List<JsonElement> points, string run) =>
        [.. points.Where(point => point.GetProperty("run").GetString() == run).Select(point => point.GetProperty("step").GetInt64())];
}
