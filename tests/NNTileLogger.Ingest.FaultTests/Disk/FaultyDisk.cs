using NNTileLogger.Ingest.FaultTests.Support;
using NNTileLogger.Ingest.Tests.Support;
using Xunit;

namespace NNTileLogger.Ingest.FaultTests.Disk;

/// <summary>
/// The way of every disk fault: two trainings, one of them new, send before, while and after the disk refuses writes.
/// Used by the tests of the single faults.
/// </summary>
internal static class FaultyDisk
{
    private const int PointsALine = 10;
    private static readonly TimeSpan _limit = Eventually.Patience;

    /// <summary>Fails unless nothing is lost and the change of state is told once, in the log and by /health.</summary>
    /// <param name="server">The service.</param>
    /// <param name="logs">Its log directory.</param>
    /// <param name="reason">Words of the reason that /health must give.</param>
    /// <param name="failAsync">Makes the disk fail.</param>
    /// <param name="healAsync">Makes it work again.</param>
    public static async Task LosesNothingAsync(
        IngestProcess server, string logs, string reason, Func<Task> failAsync, Func<Task> healAsync)
    {
        using var old = await NNTileClient.ConnectAsync(server.Port);
        await SendAsync(old, "old", 1, 1000);
        await InFilesAsync(logs, "old", 1000);

        await failAsync();
        using var late = await NNTileClient.ConnectAsync(server.Port);
        await SendAsync(old, "old", 1001, 21_000);
        await SendAsync(late, "late", 1, 5000);
        await old.ServerHasReadAsync();
        await late.ServerHasReadAsync();
        var said = await HealthWatch.IsRedAsync(server);
        Assert.Contains(reason, said, StringComparison.OrdinalIgnoreCase);
        HealthWatch.SaidFailing(server);

        await healAsync();
        await HealthWatch.IsGreenAsync(server);
        await HealthWatch.SaidOnceAsync(server);
        await SendAsync(old, "old", 21_001, 22_000);
        await SendAsync(late, "late", 5001, 6000);
        await old.EndAsync();
        await late.EndAsync();
        var sums = await ShutdownSums.StopAsync(server);

        var sessions = LogDirectoryReader.Read(logs, writerAtWork: false);
        Assert.Equal(2, sessions.Count);
        NumberedCurve.AssertWhole(sessions.Single(session => session.Runs.ContainsKey("old")), "old", 22_000);
        NumberedCurve.AssertWhole(sessions.Single(session => session.Runs.ContainsKey("late")), "late", 6000);
        sums.AssertAllWritten(28_000);
        Assert.Equal(2800, sums.Accepted);
        await HealthWatch.SaidOnceAsync(server);
    }

    /// <summary>Sends the points between two steps, ten a line.</summary>
    public static async Task SendAsync(NNTileClient client, string name, int first, int last)
    {
        for (; first <= last; first += PointsALine)
        {
            await client.SendAsync(NumberedCurve.Line(name, first, Math.Min(PointsALine, last - first + 1)));
        }
    }

    /// <summary>Sends one point after the other until something holds, which the server does when it next writes.</summary>
    /// <returns>The last step that was sent.</returns>
    public static async Task<int> SendUntilAsync(NNTileClient client, string name, int first, Func<bool> condition, Func<string> what)
    {
        var last = first - 1;
        await Eventually.IsTrueAsync(
            () =>
            {
                client.Send(NumberedCurve.Line(name, ++last));
                return condition();
            },
            _limit,
            what);
        return last;
    }

    /// <summary>Waits until the curve has all points up to a step in its files.</summary>
    public static Task InFilesAsync(string logs, string name, int last) => Eventually.IsTrueAsync(
        () => Last(logs, name) == last, _limit, () => $"{name} has step {last} in its files; it has {Last(logs, name)}");

    /// <summary>The last step of a curve in the files.</summary>
    public static int Last(string logs, string name, bool powerWasCut = false)
    {
        var folder = LogDirectoryReader.SessionPaths(logs).Select(session => Path.Combine(session, name)).SingleOrDefault(Directory.Exists);
        return folder is not null && LogDirectoryReader.EventFiles(folder) is [.., var newest]
            ? (int)(LogDirectoryReader.ReadEvents(newest, writerAtWork: true, powerWasCut).LastOrDefault()?.Step ?? 0)
            : 0;
    }
}
