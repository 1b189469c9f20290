using System.Net;
using Microsoft.Extensions.Time.Testing;
using NNTileLogger.Ingest.Tests.Support;
using Xunit;

namespace NNTileLogger.Ingest.Tests.Sessions;

/// <summary>What depends on time, on a clock that the tests set: rotation, long outages, clocks that are set back.</summary>
public sealed class ClockTests : IDisposable
{
    private static readonly string[] _workers = ["CPU 0", "CUDA 0"];
    private static readonly TimeSpan _limit = Eventually.Patience;

    private readonly TempLogDirectory _logs = new();

    public void Dispose() => _logs.Dispose();

    [Fact]
    public async Task Rotation_AfterSplitHours_GoesOnInANewFileOfTheSameRun()
    {
        await using var server = await StartAsync(new IngestOptions { Split = TimeSpan.FromHours(1.5) });
        using var client = await NNTileClient.ConnectAsync(server.Port);
        for (var hour = 0; hour < 5; hour++)
        {
            await SendAndWaitAsync(client, Lines.Scalar("loss", hour), hour + 1);
            server.Time.Advance(TimeSpan.FromHours(1));
        }

        await client.EndAsync();
        var session = _logs.OnlySession();
        Assert.Equal([1, 2, 3, 4, 5], session.Steps("loss"));
        Assert.Equal([0, 1, 2, 3, 4], session.Values("loss"));
        Assert.Equal([2, 2, 1], LogDirectoryReader.EventFiles(Path.Combine(session.Path, "loss")).Select(Points));
    }

    [Fact]
    public async Task WallClock_SetBackAndForth_NeverGoesBackInFilesAndFilesStayInOrder()
    {
        await using var server = await StartAsync(new IngestOptions { Split = TimeSpan.FromHours(1) });
        using var client = await NNTileClient.ConnectAsync(server.Port);
        var jumps = (TimeSpan[])[TimeSpan.Zero, TimeSpan.FromHours(-30), TimeSpan.FromHours(5), TimeSpan.FromDays(-400), TimeSpan.FromHours(1)];
        var value = 0;
        foreach (var jump in jumps)
        {
            server.Time.AdjustTime(server.Time.GetUtcNow() + jump);
            await SendAndWaitAsync(client, Lines.Scalar("loss", value), ++value);
            server.Time.Advance(TimeSpan.FromMinutes(61));
        }

        await client.EndAsync();
        var points = _logs.OnlySession().Points("loss", "loss");
        Assert.Equal([1, 2, 3, 4, 5], points.Select(point => point.Step));
        Assert.Equal(points.Select(point => point.WallTime).Order(), points.Select(point => point.WallTime));
    }

    [Theory]
    [InlineData(359, 1)]
    [InlineData(361, 2)]
    public async Task Reset_ThenSilence_IsContinuedForSixMinutes(int seconds, int sessions)
    {
        await using var server = await StartAsync(new IngestOptions());
        using (var client = await NNTileClient.ConnectAsync(server.Port))
        {
            await SendAndWaitAsync(client, Lines.Training(0.5, "loss", 1, _workers), 1);
            client.Reset();
        }

        await ResetIsKnownAsync();
        server.Time.Advance(TimeSpan.FromSeconds(seconds));
        await NNTileClient.SendWholeAsync(server.Port, Lines.Training(seconds, "loss", 2, _workers));
        Assert.Equal(sessions, _logs.SessionPaths().Count);
        Assert.Equal(2, _logs.Sessions().Sum(session => session.Steps("loss").Count));
    }

    [Fact]
    public async Task Reset_OfTwoProgramsOfOneAddress_EachIsContinuedWhereTheirTimesDiffer()
    {
        await using var server = await StartAsync(new IngestOptions());
        await TrainAndResetAsync(server, value: 10);
        server.Time.Advance(TimeSpan.FromSeconds(20));
        await TrainAndResetAsync(server, value: 20);
        server.Time.Advance(TimeSpan.FromSeconds(40));

        await NNTileClient.SendWholeAsync(server.Port, Lines.Training(40, "loss", 21, _workers));
        await NNTileClient.SendWholeAsync(server.Port, Lines.Training(60, "loss", 11, _workers));
        Assert.Equal([[10, 11], [20, 21]], _logs.Sessions().Select(session => session.Values("loss")).OrderBy(values => values[0]));
    }

    [Fact]
    public async Task Reset_OfTwoProgramsThatCannotBeToldApart_ANewSessionBegins()
    {
        await using var server = await StartAsync(new IngestOptions());
        await TrainAndResetAsync(server, value: 10);
        await TrainAndResetAsync(server, value: 20);
        server.Time.Advance(TimeSpan.FromSeconds(30));
        await NNTileClient.SendWholeAsync(server.Port, Lines.Training(30, "loss", 30, _workers));
        Assert.Equal([[10], [20], [30]], _logs.Sessions().Select(session => session.Values("loss")).OrderBy(values => values[0]));
    }

    [Fact]
    public async Task Reset_ThenAnotherAddress_ANewSessionBegins()
    {
        await using var server = await StartAsync(new IngestOptions());
        await TrainAndResetAsync(server, value: 10);
        server.Time.Advance(TimeSpan.FromSeconds(30));
        using var other = await NNTileClient.ConnectAsync(server.Port, from: IPAddress.Parse("127.0.0.2"));
        await other.SendAsync(Lines.Training(30, "loss", 20, _workers));
        await other.EndAsync();
        Assert.Equal(2, _logs.SessionPaths().Count);
    }

    [Fact]
    public async Task Restart_AfterAStopMonthsAgo_KeepsTheOpenSessionOnceThenClearsIt()
    {
        var time = new FakeTimeProvider(new DateTimeOffset(2026, 3, 1, 12, 0, 0, TimeSpan.Zero));
        var first = await StartAsync(new IngestOptions(), time);
        using (var client = await NNTileClient.ConnectAsync(first.Port))
        {
            await SendAndWaitAsync(client, Lines.Training(0.5, "loss", 1, _workers), 1);
            await first.DisposeAsync();
        }

        time.Advance(TimeSpan.FromDays(90));
        await using (var second = await StartAsync(new IngestOptions(), time))
        {
            await second.Recovered;
            Assert.Equal([1], _logs.OnlySession().Values("loss"));
        }

        await using var third = await StartAsync(new IngestOptions(), time);
        await Eventually.IsTrueAsync(() => _logs.SessionPaths().Count == 0, _limit, "the session is cleared");
    }

    private Task<InProcessIngest> StartAsync(IngestOptions options, FakeTimeProvider? time = null) =>
        InProcessIngest.StartAsync(options with { LogDirectory = _logs.Path }, time);

    private async Task TrainAndResetAsync(InProcessIngest server, double value)
    {
        var before = _logs.SessionPaths().Count;
        using (var client = await NNTileClient.ConnectAsync(server.Port))
        {
            await client.SendAsync(Lines.Training(0.5, "loss", value, _workers));
            await Eventually.IsTrueAsync(() => _logs.SessionPaths().Count > before, _limit, "the session has a directory");
            client.Reset();
        }

        await ResetIsKnownAsync();
    }

    private Task<TimeSpan> ResetIsKnownAsync() =>
        Eventually.IsTrueAsync(
            () => _logs.SessionPaths().All(path => File.ReadAllText(Path.Combine(path, "session.json")).Contains("\"Reset\"", StringComparison.Ordinal)),
            _limit,
            "session.json says that the connection was reset");

    private async Task SendAndWaitAsync(NNTileClient client, string line, int points)
    {
        await client.SendAsync(line);
        await Eventually.IsTrueAsync(
            () => _logs.Sessions(writerAtWork: true).Sum(session => session.Steps("loss").Count) == points, _limit, $"{points} points are in the files");
    }

    private static int Points(string file) =>
        LogDirectoryReader.ReadEvents(file, writerAtWork: false).Sum(record => record.Values.Count);
}
