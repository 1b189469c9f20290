using System.Net;
using System.Net.Sockets;
using NNTileLogger.Ingest.Tests.Support;
using Xunit;

namespace NNTileLogger.Ingest.Tests.Outside;

/// <summary>Starting where something is in the way: a second server on one log directory, busy ports, and what health says.</summary>
public sealed class StartTests : IDisposable
{
    private static readonly TimeSpan _limit = Eventually.Patience;

    private readonly TempLogDirectory _logs = new();

    public void Dispose() => _logs.Dispose();

    [Fact]
    public async Task Server_SecondOnTheSameLogDirectory_EndsWithAnErrorAndClearsNothing()
    {
        await using var first = await IngestProcess.StartAsync(_logs.Path);
        await NNTileClient.SendWholeAsync(first.Port, Lines.Scalar("a", 1));
        var session = _logs.OnlySession();

        await using var second = IngestProcess.Start($"LOG_DIR={_logs.Path}", "SERVER_PORT=0", "HTTP_PORT=0");
        await AssertEndsAfterItsTriesAsync(second);
        Assert.Contains(_logs.Path, second.Output + second.Errors, StringComparison.Ordinal);

        using var client = await NNTileClient.ConnectAsync(first.Port);
        await client.SendAsync(Lines.Scalar("b", 1));
        await client.EndAsync();
        await first.StopAsync();
        Assert.Equal([1], LogDirectoryReader.ReadSession(session.Path, writerAtWork: false).Values("a"));
        Assert.Equal(2, _logs.SessionPaths().Count);
    }

    [Fact]
    public async Task Server_SecondWhileTheFirstIsEnding_BecomesReady()
    {
        await using var first = await IngestProcess.StartAsync(_logs.Path);
        await NNTileClient.SendWholeAsync(first.Port, Lines.Scalar("a", 1));
        await using var second = IngestProcess.Start($"LOG_DIR={_logs.Path}", $"SERVER_PORT={first.Port}", $"HTTP_PORT={first.HttpPort}", "CLEAR_LOGS=0");
        // Long enough for it to have run into the lock, short enough for it to try again.
        await Task.Delay(TimeSpan.FromSeconds(2), TestContext.Current.CancellationToken);
        await first.StopAsync();
        await second.ReadyAsync();

        await NNTileClient.SendWholeAsync(second.Port, Lines.Scalar("b", 1));
        await second.StopAsync();
        Assert.Equal(first.Port, second.Port);
        Assert.Equal(2, _logs.Sessions().Count);
    }

    [Theory]
    [InlineData("SERVER_PORT", "HTTP_PORT")]
    [InlineData("HTTP_PORT", "SERVER_PORT")]
    public async Task Server_WhosePortIsBusy_EndsWithAnErrorAndClearsNothing(string busy, string free)
    {
        await using (var before = await IngestProcess.StartAsync(_logs.Path))
        {
            await NNTileClient.SendWholeAsync(before.Port, Lines.Scalar("a", 1));
            await before.StopAsync();
        }

        using var listener = new TcpListener(IPAddress.IPv6Any, 0);
        listener.Server.DualMode = true;
        listener.Start();
        var port = ((IPEndPoint)listener.LocalEndpoint).Port;

        await using var server = IngestProcess.Start($"LOG_DIR={_logs.Path}", $"{busy}={port}", $"{free}=0");
        await AssertEndsAfterItsTriesAsync(server);

        Assert.Contains($"{port}", server.Output + server.Errors, StringComparison.Ordinal);
        Assert.Equal([1], _logs.OnlySession().Values("a"));
    }

    [Theory]
    [InlineData("127.0.0.1")]
    [InlineData("*")]
    public async Task HealthCheck_ByTheProgramItself_TellsARunningServerFromNone(string host)
    {
        int port;
        await using (var server = await IngestProcess.StartAsync(_logs.Path, "HTTP_HOST=" + host))
        {
            port = server.HttpPort;
            Assert.Equal(0, await ProbeAsync(host, port));
            await server.StopAsync();
        }

        Assert.Equal(1, await ProbeAsync(host, port));
    }

    [Fact]
    public async Task Health_OfAReadyServer_IsFine()
    {
        await using var server = await IngestProcess.StartAsync(_logs.Path);

        Assert.Equal(200, await server.StatusAsync("/health"));
        Assert.Equal(200, await server.StatusAsync("/alive"));
        await server.StopAsync();
    }

    [Fact]
    public async Task Health_WhileTheLogDirectoryCannotBeWritten_IsNotFine()
    {
        await using var server = await IngestProcess.StartAsync(_logs.Path);
        Directory.Move(_logs.Path, _logs.Path + "-away");
        await File.WriteAllTextAsync(_logs.Path, "in the way", TestContext.Current.CancellationToken);
        try
        {
            Assert.Equal(503, await server.StatusAsync("/health"));
            Assert.Equal(200, await server.StatusAsync("/alive"));
        }
        finally
        {
            File.Delete(_logs.Path);
            Directory.Move(_logs.Path + "-away", _logs.Path);
        }

        Assert.Equal(200, await server.StatusAsync("/health"));
        await server.StopAsync();
    }

    [Fact]
    public async Task LogDirectory_ThatIsAFile_IsAClearError()
    {
        var file = Path.Combine(_logs.Root, "a file");
        await File.WriteAllTextAsync(file, "x", TestContext.Current.CancellationToken);

        await using var server = IngestProcess.Start($"LOG_DIR={file}", "SERVER_PORT=0", "HTTP_PORT=0");
        await server.ExitAsync(_limit);

        Assert.True(server.ExitCode == 1, server.Everything());
        Assert.Contains(file, server.Output + server.Errors, StringComparison.Ordinal);
        AssertNoStackTrace(server);
    }

    [Fact]
    public async Task Server_StartedInAFolderOfSomebodyElse_NeitherReadsItsSettingsNorWatchesIt()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "what a process watches is read from /proc");
        await File.WriteAllTextAsync(
            Path.Combine(_logs.Root, "appsettings.json"), """{"SPLIT_HOURS": "of another program"}""", TestContext.Current.CancellationToken);

        // The logs are in this folder, as they are by default: each write would be one more notice.
        await using var server = await IngestProcess.StartUnderAsync(["env", $"--chdir={_logs.Root}"], _logs.Path);

        Assert.DoesNotContain(
            Directory.EnumerateFiles($"/proc/{server.Id}/fdinfo").Select(File.ReadAllText),
            descriptor => descriptor.Contains("inotify", StringComparison.Ordinal));
        await server.StopAsync();
    }

    private static async Task AssertEndsAfterItsTriesAsync(IngestProcess server)
    {
        var took = await server.ExitAsync(_limit);
        Assert.True(server.ExitCode == 1, server.Everything());
        Assert.True(took > TimeSpan.FromSeconds(7) && took < TimeSpan.FromSeconds(13), $"it took {took.TotalSeconds:F1} s.\n{server.Everything()}");
        AssertNoStackTrace(server);
    }

    private static void AssertNoStackTrace(IngestProcess server) =>
        Assert.False((server.Output + server.Errors).Contains("   at ", StringComparison.Ordinal), $"a stack trace is shown.\n{server.Everything()}");

    private static async Task<int> ProbeAsync(string host, int port)
    {
        await using var probe = IngestProcess.Start("HTTP_HOST=" + host, $"HTTP_PORT={port}", "--healthcheck");
        await probe.ExitAsync(_limit);
        return probe.ExitCode;
    }
}
