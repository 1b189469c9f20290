using System.Globalization;
using System.Text.RegularExpressions;
using NNTileLogger.Ingest.Tests.Support;
using Xunit;

namespace NNTileLogger.Ingest.Tests.Outside;

/// <summary>What a stop or a crash of the server means for the training programs that were connected, and for their curves.</summary>
public sealed partial class RestartTests
{
    private static readonly TimeSpan _silence = TimeSpan.FromSeconds(1);

    [Theory]
    [InlineData("CLEAR_LOGS=1", true)]
    [InlineData("CLEAR_LOGS=0", true)]
    [InlineData("CLEAR_LOGS=1", false)]
    [InlineData("CLEAR_LOGS=0", false)]
    public async Task Training_WhoseServerIsRestarted_ContinuesItsCurves(string clearing, bool stopped)
    {
        using var logs = new TempLogDirectory();
        var server = await IngestProcess.StartAsync(logs.Path, clearing);
        try
        {
            using var before = await Training.BeginAsync(() => (server.Port, logs), "a", 1);
            server = await RestartAsync(server, logs, stopped, clearing);
            using var after = await before.AgainAsync(_silence);
            await after.EndAsync();
            await server.StopAsync();

            var session = logs.OnlySession(writerAtWork: !stopped);
            Assert.Equal([1, 2], session.Values("a"));
            Assert.Equal([1, 2], session.Steps("a"));
            Assert.Equal([1, 2], session.Points("a", "Perf/GFlops/s").Select(point => point.Step));
            AssertTimesRise(session.Points("a", "a"));
        }
        finally
        {
            await server.DisposeAsync();
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Training_RestartedTogetherWithItsServer_BeginsANewSession(bool stopped)
    {
        using var logs = new TempLogDirectory();
        var server = await IngestProcess.StartAsync(logs.Path);
        try
        {
            using var before = await Training.BeginAsync(() => (server.Port, logs), "a", 1);
            server = await RestartAsync(server, logs, stopped);
            using var after = await Training.BeginAsync(() => (server.Port, logs), "a", 5);
            await after.EndAsync();
            await server.StopAsync();

            var sessions = logs.Sessions(writerAtWork: !stopped);
            Assert.Equal(["1", "5"], sessions.Select(session => string.Join(',', session.Values("a"))));
            Assert.All(sessions, session => Assert.Equal([1], session.Steps("a")));
        }
        finally
        {
            await server.DisposeAsync();
        }
    }

    [Fact]
    public async Task Training_CutBeforeTheServerIsRestarted_ContinuesWhereLogsAreKept()
    {
        using var logs = new TempLogDirectory();
        var server = await IngestProcess.StartAsync(logs.Path, "CLEAR_LOGS=0");
        try
        {
            using var before = await Training.BeginAsync(() => (server.Port, logs), "a", 1);
            await before.CutAsync();
            server = await RestartAsync(server, logs, stopped: true, "CLEAR_LOGS=0");
            using var after = await before.AgainAsync(_silence);
            await after.EndAsync();
            await server.StopAsync();

            Assert.Equal([1, 2], logs.OnlySession().Steps("a"));
        }
        finally
        {
            await server.DisposeAsync();
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Training_RestartedManyTimes_KeepsOneCurve(bool stopped)
    {
        using var logs = new TempLogDirectory();
        var server = await IngestProcess.StartAsync(logs.Path);
        var training = await Training.BeginAsync(() => (server.Port, logs), "a", 1);
        try
        {
            for (var count = 2; count <= 4; count++)
            {
                server = await RestartAsync(server, logs, stopped);
                using var before = training;
                training = await before.AgainAsync(_silence);
                await training.ArrivedAsync(count);
            }

            await training.EndAsync();
            await server.StopAsync();

            var session = logs.OnlySession(writerAtWork: !stopped);
            Assert.Equal([1, 2, 3, 4], session.Values("a"));
            Assert.Equal([1, 2, 3, 4], session.Steps("a"));
        }
        finally
        {
            training.Dispose();
            await server.DisposeAsync();
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Training_WithOddNames_FindsTheirDirectoriesAgain(bool stopped)
    {
        // As they stand between the quotes of a line; afterwards they come in the other order.
        string[] names =
        [
            "plain", "a/b", "..", "%41", "/abs//", "\\u0000", "session.json", "tfevents", "n\\ud800", "n\\ud801", "n\uFFFD",
            new string('x', 300) + "1", new string('x', 300) + "2", string.Concat(Enumerable.Repeat("deep/", 1500)) + "1",
        ];
        static string Line(string name, int value) => $$"""{"scalars":[{"name":"{{name}}","values":[{{value}}]}]}""" + "\n";
        using var logs = new TempLogDirectory();
        var server = await IngestProcess.StartAsync(logs.Path);
        try
        {
            using var before = await Training.BeginAsync(() => (server.Port, logs), "a", 1);
            await before.SendAsync(string.Concat(names.Select(Line)));
            await Eventually.IsTrueAsync(
                () => logs.OnlySession(writerAtWork: true).PointCount == names.Length + 2, Eventually.Patience, "all names have their point");
            server = await RestartAsync(server, logs, stopped);
            using var after = await before.AgainAsync(_silence);
            await after.SendAsync(string.Concat(names.Select(Line).Reverse()));
            await after.EndAsync();
            await server.StopAsync();

            var session = logs.OnlySession(writerAtWork: !stopped);
            Assert.Equal(names.Length + 1, session.Runs.Count);
            foreach (var (run, tags) in session.Runs.Where(run => run.Key != "a"))
            {
                var points = Assert.Single(tags).Value;
                Assert.True(points.Count == 2 && points[0].Value.Equals(points[1].Value), $"'{run}' has {string.Join(", ", points)}");
                Assert.Equal([1, 2], points.Select(point => point.Step));
            }
        }
        finally
        {
            await server.DisposeAsync();
        }
    }

    // Torn by the crash, as by one in the middle of a write: what follows must still be read.
    [Theory]
    [InlineData(-5, 0)]
    [InlineData(-30, 0)]
    [InlineData(20, 0)]
    [InlineData(0, 0)]
    [InlineData(0, 1000)]
    public async Task Training_WhoseFileWasTornByACrash_ContinuesInANewFile(int kept, int zeros)
    {
        using var logs = new TempLogDirectory();
        var server = await IngestProcess.StartAsync(logs.Path);
        try
        {
            using var before = await Training.BeginAsync(() => (server.Port, logs), "a", 1);
            await before.SendAsync(Lines.Training(0.5, "a", 2, "a"));
            await before.ArrivedAsync(2);
            await server.KillAsync();
            var torn = Assert.Single(LogDirectoryReader.EventFiles(Path.Combine(logs.OnlySession(writerAtWork: true).Path, "a")));
            await using (var file = new FileStream(torn, FileMode.Open))
            {
                // Cut short, or grown by blocks that were never written: both happen when a machine goes down.
                file.SetLength(zeros > 0 ? file.Length + zeros : kept < 0 ? file.Length + kept : kept);
            }

            var bytes = await File.ReadAllBytesAsync(torn, TestContext.Current.CancellationToken);
            await server.DisposeAsync();
            server = await IngestProcess.StartAsync(logs.Path);
            using var after = await before.AgainAsync(_silence, value: 9);
            await after.EndAsync();
            await server.StopAsync();

            Assert.Equal(bytes, await File.ReadAllBytesAsync(torn, TestContext.Current.CancellationToken));
            var files = LogDirectoryReader.EventFiles(Path.GetDirectoryName(torn)!);
            Assert.True(files.Count > 1 && files[0] == torn, $"no new file that sorts behind {torn}: {string.Join(", ", files)}");
            var points = LogDirectoryReader.ReadEvents(files[^1], writerAtWork: false).SelectMany(read => read.Values.Select(value => new Point(read.Step, 0, value.SimpleValue!.Value))).ToList();
            Assert.Equal(9, points[^1].Value);
            Assert.True(points[0].Step >= (kept == 0 && zeros > 0 ? 3 : kept < 0 ? 2 : 1), $"steps went back: {string.Join(", ", points)}");
        }
        finally
        {
            await server.DisposeAsync();
        }
    }

    [Fact]
    public async Task SessionDirectory_IsNamedByTheLocalTimeOfItsStart_AndNumberedInOneSecond()
    {
        using var logs = new TempLogDirectory();
        await using var server = await IngestProcess.StartAsync(logs.Path, "TZ=Asia/Tokyo");
        var earliest = TokyoNow();
        await Task.WhenAll(Enumerable.Range(1, 6).Select(k => NNTileClient.SendWholeAsync(server.Port, Lines.Scalar("a", k))));
        var latest = TokyoNow();
        await server.StopAsync();

        var names = logs.SessionPaths().Select(path => Path.GetFileName(path)).ToList();
        Assert.Equal(6, names.Count);
        foreach (var second in names.GroupBy(name => name[..19]))
        {
            Assert.Matches(DirectoryPattern(), second.Key);
            var time = DateTime.ParseExact(second.Key, "yyyy-MM-dd_HH-mm-ss", CultureInfo.InvariantCulture);
            Assert.InRange(time, earliest.AddSeconds(-1), latest);
            // The first of a second has no number, the others -2, -3 ...
            Assert.Equal(
                Enumerable.Range(1, second.Count()).Select(k => k == 1 ? second.Key : $"{second.Key}-{k}").Order(StringComparer.Ordinal),
                second.Order(StringComparer.Ordinal));
        }
    }

    [GeneratedRegex(@"^\d{4}-\d\d-\d\d_\d\d-\d\d-\d\d$")]
    private static partial Regex DirectoryPattern();

    private static DateTime TokyoNow() => TimeProvider.System.GetUtcNow().UtcDateTime.AddHours(9);

    private static void AssertTimesRise(IReadOnlyList<Point> points) =>
        Assert.True(points.Zip(points.Skip(1)).All(pair => pair.First.WallTime <= pair.Second.WallTime), $"wall times go backwards: {string.Join(", ", points)}");

    private static async Task<IngestProcess> RestartAsync(IngestProcess server, TempLogDirectory logs, bool stopped, params string[] variables)
    {
        if (stopped)
        {
            await server.StopAsync();
        }
        else
        {
            await server.KillAsync();
        }

        await server.DisposeAsync();
        return await IngestProcess.StartAsync(logs.Path, variables);
    }
}
