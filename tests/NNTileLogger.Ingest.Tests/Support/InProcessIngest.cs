using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;
using NNTileLogger.Ingest.Sessions;

namespace NNTileLogger.Ingest.Tests.Support;

/// <summary>The whole service within the test's own process, on a clock that the test sets.</summary>
internal sealed class InProcessIngest : IAsyncDisposable
{
    private readonly WebApplication _app;

    private InProcessIngest(WebApplication app, FakeTimeProvider time)
    {
        _app = app;
        Time = time;
    }

    public FakeTimeProvider Time { get; }

    public int Port => _app.Services.GetRequiredService<IngestServer>().Port;

    /// <summary>Completes when the sessions of the last server are known.</summary>
    public Task Recovered => _app.Services.GetRequiredService<SessionRegistry>().Recovered;

    /// <summary>Starts it; the clock begins at noon of a spring day, in UTC.</summary>
    public static async Task<InProcessIngest> StartAsync(IngestOptions options, FakeTimeProvider? time = null)
    {
        time ??= new FakeTimeProvider(new DateTimeOffset(2026, 3, 1, 12, 0, 0, TimeSpan.Zero));
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        var app = await IngestApplication.BuildAsync(
            builder, options with { ServerPort = 0, HttpPort = 0, HttpAddress = IPAddress.Loopback }, time, CancellationToken.None);
        await app.StartAsync();
        return new InProcessIngest(app, time);
    }

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync();
        await _app.DisposeAsync();
    }
}
