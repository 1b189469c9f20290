using Xunit;

namespace NNTileLogger.Ingest.Tests.Support;

/// <summary>
/// One running service for all tests of a class, which tell their sessions apart by names of their own.
/// It must end cleanly after whatever they sent.
/// </summary>
public class RunningIngest : IAsyncLifetime
{
    internal TempLogDirectory Logs { get; } = new();

    internal IngestProcess Server { get; private set; } = null!;

    internal int Port => Server.Port;

    /// <summary>More variables for the service, each as NAME=value.</summary>
    protected virtual string[] Variables => [];

    public async ValueTask InitializeAsync() => Server = await IngestProcess.StartAsync(Logs.Path, Variables);

    public async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        await Server.StopAsync();
        await Server.DisposeAsync();
        Logs.Dispose();
    }

    /// <summary>Sends all on one connection of its own and gives the one session that came of it. Not for tests that have other connections.</summary>
    internal async Task<SessionFiles> SendAsOneSessionAsync(string text)
    {
        var before = Logs.SessionPaths();
        await NNTileClient.SendWholeAsync(Port, text);
        var path = Assert.Single(Logs.SessionPaths().Except(before, StringComparer.Ordinal));
        return LogDirectoryReader.ReadSession(path, writerAtWork: false);
    }
}
