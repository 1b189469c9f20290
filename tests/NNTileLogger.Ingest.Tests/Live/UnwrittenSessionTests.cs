using System.Text.Json;
using NNTileLogger.Ingest.Tests.Support;
using Xunit;

namespace NNTileLogger.Ingest.Tests.Live;

/// <summary>A training that begins while nothing can be written in LOG_DIR: it is seen all the same, and under its directory's name once there is one.</summary>
public sealed class UnwrittenSessionTests
{
    // From here on no directory can be made, until what is away comes back.
    private static async Task<string> BlockAsync(TempLogDirectory logs)
    {
        var away = logs.Path + ".away";
        Directory.Move(logs.Path, away);
        await File.WriteAllTextAsync(logs.Path, "in the way", TestContext.Current.CancellationToken);
        return away;
    }

    private static readonly TimeSpan _recovery = TimeSpan.FromSeconds(40);

    [Fact]
    public async Task Session_WhoseDirectoryCannotBeMade_IsListedAndGoesOnOnceItCan()
    {
        using var logs = new TempLogDirectory();
        await using var server = await IngestProcess.StartAsync(logs.Path, "CLEAR_LOGS=0");
        using var api = new LiveClient(server.HttpPort);
        var away = await BlockAsync(logs);
        Assert.Empty((await api.GetAsync("api/sessions")).EnumerateArray());

        using var client = await NNTileClient.ConnectAsync(server.Port);
        await client.SendAsync(Lines.Scalar("loss", 1, 2, 3));
        var unwritten = await api.SessionWithRunAsync("loss");
        var id = LiveClient.Id(unwritten);
        Assert.EndsWith("-unwritten", id, StringComparison.Ordinal);
        Assert.Contains(unwritten.GetProperty("state").GetString(), (string[])["live", "stalled"]);
        Assert.Equal(3, unwritten.GetProperty("points").GetInt64());
        Assert.Contains("cannot write", (await api.RefusedAsync("health")).Error, StringComparison.Ordinal);
        await HasAsync(api, id, 1, 2, 3);

        // A watcher stays with it over the change of its name.
        var (points, _) = await api.StreamAsync(id, after: null, "loss", 5, async () =>
        {
            await client.SendAsync(Lines.Scalar("loss", 4));
            File.Delete(logs.Path);
            Directory.Move(away, logs.Path);
            await Eventually.IsTrueAsync(() => logs.SessionPaths().Count == 1, _recovery, "the session has a directory once it can be made");
            await client.SendAsync(Lines.Scalar("loss", 5));
        });
        Assert.Equal([4, 5], points.Select(point => point.GetProperty("step").GetInt64()));
        var written = LiveClient.Id(await api.SessionWithRunAsync("loss"));
        Assert.Equal(Path.GetFileName(logs.SessionPaths().Single()), written);
        Assert.Single((await api.GetAsync("api/sessions")).EnumerateArray());
        await HasAsync(api, written, 1, 2, 3, 4, 5);
        await HasAsync(api, id, 1, 2, 3, 4, 5);

        await client.EndAsync();
        await HasAsync(api, written, 1, 2, 3, 4, 5);
        Assert.Equal([1, 2, 3, 4, 5], logs.OnlySession().Values("loss"));
    }

    [Fact]
    public async Task Session_EndedBeforeItCouldBeWritten_IsListedUntilItsFilesHaveIt()
    {
        const int trainings = 20, shown = 16;
        using var logs = new TempLogDirectory();
        await using var server = await IngestProcess.StartAsync(logs.Path, "CLEAR_LOGS=0");
        using var api = new LiveClient(server.HttpPort);
        var away = await BlockAsync(logs);
        for (var training = 1; training <= trainings; training++)
        {
            await NNTileClient.SendWholeAsync(server.Port, Lines.Scalar("loss", 1, 2, training));
        }

        using var limit = new CancellationTokenSource(_recovery);
        List<JsonElement> sessions;
        do
        {
            await Task.Delay(20, limit.Token);
            sessions = [.. (await api.GetAsync("api/sessions")).EnumerateArray()];
        }
        while (sessions.Count < shown || sessions.Exists(session => session.GetProperty("state").GetString() != "ended"));
        Assert.Equal(shown, sessions.Count);
        Assert.Equal(shown, sessions.Select(LiveClient.Id).Distinct().Count());
        await HasAsync(api, LiveClient.Id(sessions[0]), 1, 2, trainings);

        File.Delete(logs.Path);
        Directory.Move(away, logs.Path);
        do
        {
            await Task.Delay(20, limit.Token);
            sessions = [.. (await api.GetAsync("api/sessions")).EnumerateArray()];
            Assert.InRange(sessions.Count, shown, trainings);
        }
        while (sessions.Count < trainings || sessions.Exists(session => LiveClient.Id(session).EndsWith("-unwritten", StringComparison.Ordinal)));
        foreach (var session in sessions)
        {
            Assert.Equal(3, session.GetProperty("points").GetInt64());
        }

        await Eventually.IsTrueAsync(() => logs.Sessions(writerAtWork: true).All(session => session.Values("loss").Count == 3), _recovery, "all is written");
    }

    [Fact]
    public async Task Disk_ThatDoesNotAnswer_HoldsUpNoListOfSessions()
    {
        const int readers = 20;
        using var logs = new TempLogDirectory();
        await using var server = await IngestProcess.StartAsync(logs.Path, "CLEAR_LOGS=0");
        using var api = new LiveClient(server.HttpPort);
        await NNTileClient.SendWholeAsync(server.Port, Lines.Scalar("before", 1));
        await api.SessionWithRunAsync("before");

        // Who opens a pipe waits until somebody writes to it.
        var pipe = Path.Combine(Directory.CreateDirectory(Path.Combine(logs.Path, "2020-01-01_00-00-00")).FullName, "session.json");
        await RunAsync("mkfifo", pipe);

        using var client = await NNTileClient.ConnectAsync(server.Port);
        await client.SendAsync(Lines.Scalar("during", 1, 2));
        await api.SessionWithRunAsync("during");
        using var limit = new CancellationTokenSource(_recovery);
        var clock = System.Diagnostics.Stopwatch.StartNew();
        do
        {
            // What was known before is given out for a second.
            await Task.Delay(20, limit.Token);
            clock.Restart();
            await api.GetAsync("api/sessions");
        }
        while (clock.Elapsed < TimeSpan.FromSeconds(1.5));
        for (var round = 0; round < 3; round++)
        {
            clock.Restart();
            var answers = await Task.WhenAll(Enumerable.Range(0, readers).Select(_ => api.GetAsync("api/sessions")));
            Assert.True(clock.Elapsed < TimeSpan.FromSeconds(8), $"{readers} lists of sessions took {clock.Elapsed.TotalSeconds:F1} s; 2 are granted to the disk");
            Assert.All(answers, answer => Assert.Equal(2, answer.GetArrayLength()));
        }

        // Nobody comes to it any more, and the one who waits is answered.
        using var aside = new TempLogDirectory();
        Directory.Move(Path.GetDirectoryName(pipe)!, Path.Combine(aside.Path, "pipe"));
        await RunAsync("timeout", "5", "sh", "-c", "echo {} > \"$0\"", Path.Combine(aside.Path, "pipe", "session.json"));
        await client.EndAsync();
        while ((await api.GetAsync("api/sessions")).EnumerateArray().Count(session => session.GetProperty("state").GetString() == "ended") < 2)
        {
            await Task.Delay(20, limit.Token);
        }
    }

    private static async Task RunAsync(string program, params string[] arguments)
    {
        using var process = System.Diagnostics.Process.Start(program, arguments);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.True(process.ExitCode == 0, $"{program} {string.Join(' ', arguments)} ended with {process.ExitCode}");
    }

    private static async Task HasAsync(LiveClient api, string id, params double[] values)
    {
        Assert.Equal(values, Values(await api.GetAsync($"api/sessions/{id}/data?run=loss&tag=loss")));
        Assert.Equal(values.Length, (await api.GetAsync($"api/sessions/{id}/series"))[0].GetProperty("count").GetInt64());
        var lines = System.Text.Encoding.UTF8.GetString(await api.BytesAsync($"api/sessions/{id}/export.csv")).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(values.Length, lines.Length - 1);
    }

    private static IEnumerable<double> Values(JsonElement points) => points.EnumerateArray().Select(point => point.GetProperty("value").GetDouble());
}
