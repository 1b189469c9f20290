using NNTileLogger.Ingest.Tests.Support;
using Xunit;

namespace NNTileLogger.Ingest.Tests.Outside;

/// <summary>The variables: wrong ones are all said at once and end the program, right ones are taken.</summary>
public sealed class OptionTests : IDisposable
{
    private readonly TempLogDirectory _logs = new();

    public void Dispose() => _logs.Dispose();

    [Theory]
    [InlineData("SERVER_PORT", "abc")]
    [InlineData("SERVER_PORT", "-1")]
    [InlineData("SERVER_PORT", "65536")]
    [InlineData("HTTP_PORT", "5002x")]
    [InlineData("SPLIT_HOURS", "-1")]
    [InlineData("SPLIT_HOURS", "0")]
    [InlineData("SPLIT_HOURS", "NaN")]
    [InlineData("SPLIT_HOURS", "daily")]
    [InlineData("CLEAR_LOGS", "maybe")]
    [InlineData("CLEAR_LOGS", "2")]
    [InlineData("MAX_LINE_MB", "0")]
    [InlineData("LINE_BUFFER_MB", "-5")]
    [InlineData("MAX_OPEN_FILES", "0")]
    [InlineData("MAX_OPEN_FILES", "many")]
    [InlineData("BUFFER_MB", "1e999")]
    [InlineData("DATA_PROVIDER_PORT", "feed")]
    [InlineData("DATA_PROVIDER_HOST", "here")]
    [InlineData("DATA_PROVIDER_MEMORY_MB", "0")]
    public async Task Option_ThatIsWrong_IsSaidWithNameAndValueAndEndsTheProgram(string name, string value)
    {
        var server = await EndedAsync($"{name}={value}");

        AssertSaid(server, name, value);
    }

    [Fact]
    public async Task Options_OfWhichManyAreWrong_AreAllSaidAtOnce()
    {
        var server = await EndedAsync("SERVER_PORT=abc", "HTTP_PORT=99999", "SPLIT_HOURS=-2", "CLEAR_LOGS=maybe", "MAX_LINE_MB=none", "MAX_OPEN_FILES=-7");

        AssertSaid(server, "SERVER_PORT", "abc");
        AssertSaid(server, "HTTP_PORT", "99999");
        AssertSaid(server, "SPLIT_HOURS", "-2");
        AssertSaid(server, "CLEAR_LOGS", "maybe");
        AssertSaid(server, "MAX_LINE_MB", "none");
        AssertSaid(server, "MAX_OPEN_FILES", "-7");
    }

    [Fact]
    public async Task Options_ThatAreRight_AreTaken()
    {
        await using var server = await IngestProcess.StartAsync(
            _logs.Path, "SPLIT_HOURS=0.5", "CLEAR_LOGS=0", "MAX_LINE_MB=8", "LINE_BUFFER_MB=64", "MAX_OPEN_FILES=100", "BUFFER_MB=32");

        Assert.NotEqual(0, server.Port);
        await server.StopAsync();
    }

    [Fact]
    public async Task LogDirectory_ThatIsRelativeAndMissing_IsMadeAndSaidAbsolute()
    {
        var path = Path.Combine(_logs.Root, "made", "by the server");
        await using var server = IngestProcess.Start($"LOG_DIR={Path.GetRelativePath(Path.GetTempPath(), path)}", "SERVER_PORT=0", "HTTP_PORT=0");
        await server.ReadyAsync();
        await NNTileClient.SendWholeAsync(server.Port, Lines.Scalar("a", 1));
        await server.StopAsync();

        Assert.Contains(path, server.Output, StringComparison.Ordinal);
        Assert.Single(LogDirectoryReader.SessionPaths(path));
    }

    [Fact]
    public async Task SplitHours_Passed_BeginsANewFileOfTheSameCurve()
    {
        // 1.08 s: a file is older than that when the next point comes.
        await using var server = await IngestProcess.StartAsync(_logs.Path, "SPLIT_HOURS=0.0003");
        using var client = await NNTileClient.ConnectAsync(server.Port);
        for (var k = 1; k <= 3; k++)
        {
            var sent = System.Diagnostics.Stopwatch.GetTimestamp();
            await client.SendAsync(Lines.Scalar("a", k));
            await Eventually.PassedSinceAsync(sent, TimeSpan.FromSeconds(1.2));
        }

        await client.EndAsync();
        await server.StopAsync();

        var session = _logs.OnlySession();
        Assert.Equal([1, 2, 3], session.Values("a"));
        Assert.Equal([1, 2, 3], session.Steps("a"));
        Assert.True(LogDirectoryReader.EventFiles(session.Path).Count >= 2, "no new event file was begun");
    }

    private async Task<IngestProcess> EndedAsync(params string[] wrong)
    {
        var server = IngestProcess.Start([$"LOG_DIR={_logs.Path}", "SERVER_PORT=0", "HTTP_PORT=0", .. wrong]);
        await server.ExitAsync(Eventually.Patience);
        return server;
    }

    private void AssertSaid(IngestProcess server, string name, string value)
    {
        Assert.True(server.ExitCode == 1, server.Everything());
        Assert.True(
            server.Errors.Split('\n').Any(line => line.Contains(name, StringComparison.Ordinal) && line.Contains(value, StringComparison.Ordinal)),
            $"{name} and {value} are not in one line of the errors.\n{server.Everything()}");
        Assert.DoesNotContain("   at ", server.Output + server.Errors, StringComparison.Ordinal);
        Assert.DoesNotContain("Unhandled", server.Errors, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFileSystemEntries(_logs.Path));
    }
}
