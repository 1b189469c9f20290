using Microsoft.Extensions.Time.Testing;
using NNTileLogger.Ingest.FaultTests.Disk;
using NNTileLogger.Ingest.FaultTests.Support;
using NNTileLogger.Ingest.Tests.Support;
using Xunit;

namespace NNTileLogger.Ingest.FaultTests.Clock;

/// <summary>
/// The night in which an hour comes twice, and the one in which an hour is missing: names of sessions follow the local
/// clock, wall times and rotation do not.
/// </summary>
public sealed class DaylightSavingTests : IDisposable
{
    private static readonly TimeSpan _limit = Eventually.Patience;
    private static readonly TimeZoneInfo _berlin = TimeZoneInfo.FindSystemTimeZoneById("Europe/Berlin");

    private readonly TempLogDirectory _logs = new();
    private SetClock _clock = null!;

    public void Dispose() => _logs.Dispose();

    [Theory]
    [InlineData("2026-10-25T00:10:00Z", "2026-10-25_02-10-00", "2026-10-25_02-10-00-2")]
    [InlineData("2026-03-29T00:10:00Z", "2026-03-29_01-10-00", "2026-03-29_03-10-00")]
    public async Task Hour_ThatComesTwiceOrNever_ChangesNamesOnly(string start, string first, string hourLater)
    {
        await using var server = await StartAsync(start, splitMinutes: 90);
        using var client = await NNTileClient.ConnectAsync(server.Port);
        for (var value = 1; value <= 6; value++)
        {
            await SendAsync(client, "loss", value);
            server.Time.Advance(TimeSpan.FromHours(1));
            if (value == 1)
            {
                await NNTileClient.SendWholeAsync(server.Port, Lines.Scalar("other", 1));
            }
        }

        await client.EndAsync();
        ShutdownSums.Of(server).AssertAllWritten(7);
        Assert.Equal([first, hourLater], _logs.SessionPaths().Select(Path.GetFileName));
        var session = _logs.SessionWithRun("loss", writerAtWork: false);
        Assert.Equal([1, 2, 3, 4, 5, 6], session.Steps("loss"));
        // An hour apart to the microsecond, whatever the clock on the wall says.
        var times = session.Points("loss", "loss").Select(point => point.WallTime).ToList();
        Assert.All(times.Zip(times.Skip(1)), pair => Assert.Equal(3600, pair.Second - pair.First, 0.001));
        // Of 90 minutes each: the hours 0 and 1, 2 and 3, 4 and 5.
        Assert.Equal([2, 2, 2], LogDirectoryReader.EventFiles(Path.Combine(session.Path, "loss")).Select(Points));
    }

    [Fact]
    public async Task Clock_SetBackByAnHourAtEachRotation_KeepsFilesStepsAndWallTimesInOrder()
    {
        await using var server = await StartAsync("2026-10-24T22:00:00Z", splitMinutes: 60);
        using var client = await NNTileClient.ConnectAsync(server.Port);
        for (var value = 1; value <= 8; value++)
        {
            await SendAsync(client, "loss", value);
            server.Time.Advance(TimeSpan.FromMinutes(61));
            // Back to where it was, then far ahead, by turns: rotation goes by time that passed.
            _clock.Shift += value % 2 == 0 ? TimeSpan.FromDays(2) : TimeSpan.FromHours(-49);
        }

        await client.EndAsync();
        ShutdownSums.Of(server).AssertAllWritten(8);
        var session = _logs.OnlySession();
        Assert.Equal([1, 2, 3, 4, 5, 6, 7, 8], session.Steps("loss"));
        Assert.Equal([1, 2, 3, 4, 5, 6, 7, 8], session.Values("loss"));
        var times = session.Points("loss", "loss").Select(point => point.WallTime).ToList();
        Assert.Equal(times.Order(), times);
        Assert.Equal([1, 1, 1, 1, 1, 1, 1, 1], LogDirectoryReader.EventFiles(Path.Combine(session.Path, "loss")).Select(Points));
    }

    [Fact]
    public async Task Clock_SetBackWhileTheServerWasDown_KeepsSessionsFilesStepsAndWallTimesInOrder()
    {
        string[] workers = ["CPU 0", "CUDA 0"];
        var server = await StartAsync("2026-10-24T22:00:00Z", splitMinutes: 60);
        using var before = await NNTileClient.ConnectAsync(server.Port);
        await before.SendAsync(Lines.Training(1, "loss", 1, workers));
        await FaultyDisk.InFilesAsync(_logs.Path, "loss", 1);
        await server.DisposeAsync();

        // Two hours back: whoever begins now has an earlier name, and what is written now must sort behind all the same.
        await using var next = await StartAsync("2026-10-24T20:00:00Z", splitMinutes: 60, clear: false);
        using (var client = await NNTileClient.ConnectAsync(next.Port))
        {
            await client.SendAsync(Lines.Training(2, "loss", 2, workers));
            await FaultyDisk.InFilesAsync(_logs.Path, "loss", 2);
            await client.EndAsync();
        }

        await NNTileClient.SendWholeAsync(next.Port, Lines.Scalar("other", 1));
        var session = _logs.SessionWithRun("loss");
        Assert.Equal([1, 2], session.Steps("loss"));
        Assert.Equal([1, 2], session.Values("loss"));
        var times = session.Points("loss", "loss").Select(point => point.WallTime).ToList();
        Assert.Equal(times.Order(), times);
        Assert.Equal([1, 1], LogDirectoryReader.EventFiles(Path.Combine(session.Path, "loss")).Select(Points));
        Assert.Equal([1], _logs.SessionWithRun("other").Steps("other"));
    }

    private Task<InProcessIngest> StartAsync(string start, int splitMinutes, bool clear = true)
    {
        _clock = new SetClock(DateTimeOffset.Parse(start, System.Globalization.CultureInfo.InvariantCulture));
        _clock.SetLocalTimeZone(_berlin);
        return InProcessIngest.StartAsync(new IngestOptions { LogDirectory = _logs.Path, Split = TimeSpan.FromMinutes(splitMinutes), ClearLogs = clear }, _clock);
    }

    private async Task SendAsync(NNTileClient client, string name, int value)
    {
        await client.SendAsync(Lines.Scalar(name, value));
        await Eventually.IsTrueAsync(
            () => _logs.SessionsWithRun(name).SelectMany(session => session.Steps(name)).Contains(value), _limit, $"{name} {value} is in its file");
    }

    private static int Points(string file) =>
        LogDirectoryReader.ReadEvents(file, writerAtWork: false).Sum(record => record.Values.Count);

    /// <summary>A clock on the wall that is set; the monotonic one, unlike with AdjustTime, goes on as it was.</summary>
    private sealed class SetClock(DateTimeOffset start) : FakeTimeProvider(start)
    {
        public TimeSpan Shift { get; set; }

        public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + Shift;

        // The base takes it from the time above.
        public override long GetTimestamp() => base.GetTimestamp() - Shift.Ticks;
    }
}
