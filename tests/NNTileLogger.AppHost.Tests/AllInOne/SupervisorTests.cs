using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Nodes;
using NNTileLogger.AppHost.Tests.Support;
using Xunit;

namespace NNTileLogger.AppHost.Tests.AllInOne;

/// <summary>The supervisor of the all-in-one image, with shell scripts for programs.</summary>
public sealed class SupervisorTests : IDisposable
{
    private static readonly TimeSpan _stopLimit = TimeSpan.FromSeconds(8);
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Output_OfEachProgram_BearsItsName()
    {
        using var supervisor = Start(("one", "echo out; echo err >&2; printf unended; sleep 60", null), ("second", "echo other; sleep 60", null));

        await supervisor.LineAsync(line => line == "one    | out");
        await supervisor.LineAsync(line => line == "one    | err");
        await supervisor.LineAsync(line => line == "second | other");
        await supervisor.SignalAsync("TERM");
        Assert.Equal(0, await supervisor.EndAsync());
        Assert.Contains("one    | unended", supervisor.Lines);
    }

    [Fact]
    public async Task Program_ThatDies_IsStartedAgainLaterAndLater()
    {
        using var supervisor = Start(("dies", "echo here; kill -9 $$", null), ("stays", "echo once; sleep 60", null));

        await supervisor.LineAsync(line => line.Contains("exit code 137, which nobody asked for; it is started again in 1 s", StringComparison.Ordinal));
        await supervisor.LineAsync(line => line.Contains("started again in 2 s", StringComparison.Ordinal));
        await supervisor.SignalAsync("TERM");
        Assert.Equal(0, await supervisor.EndAsync());
        Assert.Single(supervisor.Lines, "stays | once");
    }

    [Fact]
    public async Task Program_ThatDiesWithAChildLeft_IsStartedAgainAndTheChildIsGone()
    {
        using var supervisor = Start(("parent", "sleep 300 & echo child $!; kill -9 $$", null));

        var child = (await supervisor.LineAsync(line => line.StartsWith("parent | child ", StringComparison.Ordinal)))["parent | child ".Length..];
        await supervisor.LineAsync(line => line.Contains("it is started again in 1 s", StringComparison.Ordinal));
        await supervisor.SignalAsync("TERM");
        Assert.Equal(0, await supervisor.EndAsync());
        Assert.False(IsRunning(child), $"process {child} is still there");
    }

    [Fact]
    public async Task Stop_AllEndThemselves_IsZeroAndWhatTheyWroteIsThere()
    {
        var written = _folder.Combine("written");
        using var supervisor = Start(("writes", $"trap 'echo flushed; echo all > {written}; exit 0' TERM; echo ready; while :; do sleep 0.1; done", null));
        await supervisor.LineAsync(line => line == "writes | ready");

        await supervisor.SignalAsync("TERM");

        Assert.Equal(0, await supervisor.EndAsync());
        Assert.Equal("all\n", await File.ReadAllTextAsync(written, TestContext.Current.CancellationToken));
        Assert.Contains("writes | flushed", supervisor.Lines);
    }

    [Fact]
    public async Task Stop_OneDoesNotEnd_IsKilledInTime()
    {
        using var supervisor = Start(("deaf", "trap '' TERM; echo ready; while :; do sleep 0.1; done", null), ("good", "sleep 60", null));
        await supervisor.LineAsync(line => line == "deaf | ready");

        var start = Stopwatch.GetTimestamp();
        await supervisor.SignalAsync("TERM");

        Assert.Equal(0, await supervisor.EndAsync());
        Assert.True(Stopwatch.GetElapsedTime(start) < _stopLimit, supervisor.Text);
        Assert.Contains(supervisor.Lines, line => line.StartsWith("deaf | has not ended", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Program_WrongSettingsAtItsFirstStart_EndAllWithItsExitCode()
    {
        using var supervisor = Start(("wrong", "echo PORT=x: wanted a port; exit 1", null), ("good", "sleep 60", null));

        Assert.Equal(1, await supervisor.EndAsync());
        Assert.Contains("wrong | PORT=x: wanted a port", supervisor.Lines);
    }

    [Theory]
    [InlineData(null, null, "own: ", false)]
    [InlineData("file", null, "own: 127.0.0.1", true)]
    [InlineData("file", "0.0.0.0", "own: 0.0.0.0", true)]
    public async Task Program_WithACondition_StartsWhereItIsMetAndTheOthersListenOnLoopback(string? who, string? host, string line, bool starts)
    {
        using var supervisor = Start(
            [("own", "echo own: $ASKED_HOST; sleep 60", null), ("front", "echo here; sleep 60", "ASKED_FILE")],
            ("ASKED_FILE", who), ("ASKED_HOST", host));

        await supervisor.LineAsync(one => one.EndsWith("| " + line.TrimEnd(), StringComparison.Ordinal) || one.EndsWith("| " + line, StringComparison.Ordinal));
        if (starts)
        {
            await supervisor.LineAsync(one => one == "front | here");
        }

        await supervisor.SignalAsync("TERM");
        Assert.Equal(0, await supervisor.EndAsync());
        Assert.Equal(starts, supervisor.Lines.Contains("front | here"));
    }

    [Theory]
    [InlineData(null, null, null, null, "http://localhost:6006 ", "http://localhost:6006 http://localhost:5002")]
    [InlineData("7006", "7002", null, null, "http://localhost:7006 ", "http://localhost:7006 http://localhost:7002")]
    [InlineData("many", "70000", null, null, "http://localhost:6006 ", "http://localhost:6006 http://localhost:5002")]
    [InlineData("7006", null, "::1", null, "http://localhost:7006 ", "http://[::1]:7006 http://localhost:5002")]
    [InlineData("7006", "7002", "0.0.0.0", "http://boards.example", "http://boards.example ", "http://localhost:7006 http://localhost:7002")]
    public async Task List_OfTheImage_TellsThePortsOnThatWereSet(
        string? board, string? live, string? host, string? known, string page, string front)
    {
        // What is started is a script that says what it was told, instead of each program.
        var list = JsonNode.Parse(await File.ReadAllTextAsync(
            Repository.Combine("NNTileLogger.AppHost", "AllInOne", "programs.json"), TestContext.Current.CancellationToken))!;
        foreach (var program in list["programs"]!.AsArray())
        {
            program!["command"] = new JsonArray("bash", "-c", "echo \"$TENSORBOARD_URL $LIVE_URL\"; sleep 60");
        }

        using var supervisor = StartList(
            list.ToJsonString(),
            ("TLS_CERT_FILE", "/certs/cert.pem"), ("TENSORBOARD_PORT", board), ("HTTP_PORT", live),
            ("TENSORBOARD_HOST", host), ("HTTP_HOST", null), ("TENSORBOARD_URL", known), ("LIVE_URL", null));

        await supervisor.LineAsync(line => line == "logger-server | " + page);
        await supervisor.LineAsync(line => line == "proxy         | " + front);
        await supervisor.SignalAsync("TERM");
        Assert.Equal(0, await supervisor.EndAsync());
    }

    // A process that has ended and that nobody has waited for is there in name only.
    private static bool IsRunning(string process)
        => File.Exists($"/proc/{process}/stat")
            && !File.ReadAllText($"/proc/{process}/stat").Contains(") Z ", StringComparison.Ordinal);

    private ChildProcess Start(params (string Name, string Script, string? When)[] programs) => Start(programs, []);

    private ChildProcess Start((string Name, string Script, string? When)[] programs, params (string Name, string? Value)[] variables)
    {
        var list = JsonSerializer.Serialize(new
        {
            who = (string[])["ASKED_FILE"],
            ask = new Dictionary<string, string> { ["ASKED_HOST"] = "127.0.0.1" },
            programs = programs.Select(program =>
            {
                var entry = new Dictionary<string, object> { ["name"] = program.Name, ["command"] = (string[])["bash", "-c", program.Script] };
                if (program.When is { } when)
                {
                    entry["when"] = (string[])[when];
                }

                return entry;
            }),
        });
        return StartList(list, variables);
    }

    private ChildProcess StartList(string list, params (string Name, string? Value)[] variables)
    {
        PythonRequirement.Check();
        return new ChildProcess(
            "python3", [Repository.Combine("NNTileLogger.AppHost", "AllInOne", "supervise.py"), _folder.Write("programs.json", list)], variables);
    }
}
