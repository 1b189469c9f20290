using NNTileLogger.Ingest.Tests.Support;
using Xunit;

namespace NNTileLogger.Ingest.Tests.Outside;

/// <summary>
/// What goes at the start of the server, and above all what stays. Clearing goes on in the background: ended sessions before and behind
/// what must stay tell when it is done.
/// </summary>
public sealed class ClearingTests : IDisposable
{
    private static readonly TimeSpan _limit = Eventually.Patience;

    private readonly TempLogDirectory _logs = new();

    public void Dispose() => _logs.Dispose();

    [Fact]
    public async Task EndedSessions_AtTheNextStart_AreGone()
    {
        await LeaveEndedSessionsAsync(3);

        await using var server = await IngestProcess.StartAsync(_logs.Path);
        await Eventually.IsTrueAsync(() => Directory.GetDirectories(_logs.Path).All(IsHidden), _limit, "all folders are gone");
        await server.StopAsync();
    }

    [Fact]
    public async Task EndedSessions_WithClearingOff_Stay()
    {
        await LeaveEndedSessionsAsync(2);
        var before = Snapshot(_logs.SessionPaths());

        await StartAndStopAsync("CLEAR_LOGS=0");

        Assert.Equal(before, Snapshot(_logs.SessionPaths()));
    }

    [Fact]
    public async Task Sessions_BegunWhileClearing_Stay()
    {
        await LeaveEndedSessionsAsync(3);
        // Files, as the name of a folder that is gone may be taken again within the same second.
        var old = _logs.SessionPaths().SelectMany(LogDirectoryReader.EventFiles).ToList();

        await using var server = await IngestProcess.StartAsync(_logs.Path);
        await NNTileClient.SendWholeAsync(server.Port, Lines.Scalar("new", 1));
        await Eventually.IsTrueAsync(() => !old.Any(File.Exists) && _logs.SessionPaths().Count == 1, _limit, "the old sessions are gone");
        await server.StopAsync();

        Assert.Equal([1], _logs.OnlySession().Values("new"));
    }

    [Fact]
    public async Task FilesOfTheUser_InAndBesideSessions_Stay()
    {
        await LeaveEndedSessionsAsync(3);
        var sessions = _logs.SessionPaths();
        var foreign = HexRecords.Load("tensorboard-event-file-writer.hex").SelectMany(record => record).ToArray();
        var ours = LogDirectoryReader.EventFiles(sessions[1])[0];
        var run = Path.GetDirectoryName(ours)!;
        string[] kept =
        [
            // Beside the sessions, also an event file of ours that somebody copied away.
            Write("notes.txt", [1]),
            Write("mine/events.out.tfevents.1700000000.host", foreign),
            Write("saved/a/" + Path.GetFileName(ours), await File.ReadAllBytesAsync(ours, TestContext.Current.CancellationToken)),
            // A folder with somebody else's session.json.
            Write("other/session.json", "{\"kernel\":\"python3\"}"u8.ToArray()),
            Write("other/a/" + Path.GetFileName(ours), await File.ReadAllBytesAsync(ours, TestContext.Current.CancellationToken)),
            Write("broken/session.json", "not json"u8.ToArray()),
            Write("broken/a/" + Path.GetFileName(ours), await File.ReadAllBytesAsync(ours, TestContext.Current.CancellationToken)),
            // In a session of ours.
            Write(Path.Combine(sessions[1], "notes.txt"), [2]),
            Write(Path.Combine(run, "model.ckpt"), [3]),
            Write(Path.Combine(run, "events.out.tfevents.1700000000.host"), foreign),
            Write(Path.Combine(run, "events.out.tfevents.1700000001.empty"), []),
            Write(Path.Combine(run, "events.out.tfevents.1700000002.text"), "not an event file"u8.ToArray()),
            Write(Path.Combine(sessions[1], "checkpoints/1/weights"), [4]),
        ];
        var before = kept.Select(File.ReadAllBytes).ToList();

        await using var server = await IngestProcess.StartAsync(_logs.Path);
        await Eventually.IsTrueAsync(() => !Directory.Exists(sessions[0]) && !File.Exists(ours) && !Directory.Exists(sessions[2]), _limit, "what is ours is gone");
        await server.StopAsync();

        Assert.DoesNotContain(kept, path => !File.Exists(path));
        Assert.Equal(before, kept.Select(File.ReadAllBytes));
        Assert.False(File.Exists(Path.Combine(sessions[1], "session.json")), "our side file stayed in a session whose curves are gone");
    }

    [Fact]
    public async Task Links_InTheLogDirectoryAndInSessions_AreNotFollowed()
    {
        await LeaveEndedSessionsAsync(3);
        var sessions = _logs.SessionPaths();
        var outside = Path.Combine(_logs.Root, "outside");
        CopyDirectory(sessions[0], outside);
        var before = Snapshot([outside]);
        Directory.CreateSymbolicLink(Path.Combine(_logs.Path, "2000-01-01_00-00-00"), outside);
        Directory.CreateSymbolicLink(Path.Combine(_logs.Path, "latest"), outside);
        Directory.CreateSymbolicLink(Path.Combine(sessions[1], "link"), outside);
        var file = LogDirectoryReader.EventFiles(outside)[0];
        File.CreateSymbolicLink(Path.Combine(sessions[1], Path.GetFileName(file)), file);

        await using var server = await IngestProcess.StartAsync(_logs.Path);
        await Eventually.IsTrueAsync(
            () => !Directory.Exists(sessions[0]) && LogDirectoryReader.EventFiles(sessions[1]).Count == 0 && !Directory.Exists(sessions[2]), _limit, "what is ours is gone");
        await server.StopAsync();

        Assert.Equal(before, Snapshot([outside]));
    }

    [Fact]
    public async Task Session_OpenAtTheLastStop_StaysForOneStartAndGoesAtTheNext()
    {
        var server = await IngestProcess.StartAsync(_logs.Path);
        await NNTileClient.SendWholeAsync(server.Port, Lines.Scalar("ended before", 1));
        using (var client = await NNTileClient.ConnectAsync(server.Port))
        {
            await client.SendAsync(Lines.Scalar("open", 1));
            await Eventually.IsTrueAsync(() => HasRun("open"), _limit, "the open session is there");
            await NNTileClient.SendWholeAsync(server.Port, Lines.Scalar("ended behind", 1));
            await server.StopAsync();
        }

        await server.DisposeAsync();
        server = await IngestProcess.StartAsync(_logs.Path);
        await Eventually.IsTrueAsync(() => !HasRun("ended before") && !HasRun("ended behind"), _limit, "the ended sessions are gone");
        await server.StopAsync();
        await server.DisposeAsync();
        Assert.Equal([1], _logs.OnlySession().Values("open"));

        server = await IngestProcess.StartAsync(_logs.Path);
        await Eventually.IsTrueAsync(() => _logs.SessionPaths().Count == 0, _limit, "the session that was open two stops ago is gone");
        await server.StopAsync();
        await server.DisposeAsync();
    }

    [Fact]
    public async Task Logs_AfterACrash_AllStayForOneStart()
    {
        var server = await IngestProcess.StartAsync(_logs.Path);
        await NNTileClient.SendWholeAsync(server.Port, Lines.Scalar("ended", 1));
        using (var client = await NNTileClient.ConnectAsync(server.Port))
        {
            await client.SendAsync(Lines.Scalar("open", 1));
            await Eventually.IsTrueAsync(() => HasRun("open"), _limit, "the open session is there");
            await server.KillAsync();
        }

        await server.DisposeAsync();
        var before = EventBytes();
        await using (var again = await IngestProcess.StartAsync(_logs.Path))
        {
            await NNTileClient.SendWholeAsync(again.Port, Lines.Scalar("new", 1));
            await again.StopAsync();
            Assert.Matches("(?i)crash|killed|unclean|not (end|stop|shut)|did not|without a stop", again.Output);
        }

        Assert.Equal(3, _logs.SessionPaths().Count);
        var after = EventBytes();
        Assert.DoesNotContain(before, file => !after.Contains(file));

        // The start behind a clean stop clears again.
        await using var third = await IngestProcess.StartAsync(_logs.Path);
        await Eventually.IsTrueAsync(() => !HasRun("ended") && !HasRun("new"), _limit, "the ended sessions are gone");
        await third.StopAsync();
    }

    private static bool IsHidden(string path) => Path.GetFileName(path).StartsWith('.');

    private bool HasRun(string run) => _logs.SessionsWithRun(run).Count > 0;

    private async Task LeaveEndedSessionsAsync(int count)
    {
        await using var server = await IngestProcess.StartAsync(_logs.Path);
        for (var k = 0; k < count; k++)
        {
            await NNTileClient.SendWholeAsync(server.Port, Lines.Scalar("a", 1, 2, 3) + Lines.Scalar("b/c", 1));
        }

        await server.StopAsync();
        Assert.Equal(count, _logs.Sessions().Count);
    }

    private async Task StartAndStopAsync(params string[] variables)
    {
        await using var server = await IngestProcess.StartAsync(_logs.Path, variables);
        // Whatever begins to be cleared would be gone or going by the time that a whole connection took.
        await NNTileClient.SendWholeAsync(server.Port, "{}\n");
        await server.StopAsync();
    }

    private string Write(string path, byte[] bytes)
    {
        path = Path.Combine(_logs.Path, path);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllBytes(path, bytes);
        return path;
    }

    private List<string> EventBytes() => Snapshot(_logs.SessionPaths().SelectMany(LogDirectoryReader.EventFiles));

    // Event files, and other files below folders, as path and content.
    private static List<string> Snapshot(IEnumerable<string> paths) =>
        [.. paths.SelectMany(path => Directory.Exists(path) ? LogDirectoryReader.EventFiles(path) : [path])
            .Select(file => $"{file}: {Convert.ToHexString(File.ReadAllBytes(file))}")];

    private static void CopyDirectory(string from, string to)
    {
        foreach (var file in Directory.GetFiles(from, "*", SearchOption.AllDirectories))
        {
            var copy = Path.Combine(to, Path.GetRelativePath(from, file));
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.Copy(file, copy);
        }
    }
}
