using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;
using NNTileLogger.Ingest.Sessions;
using NNTileLogger.ServiceDefaults;

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

    public int HttpPort => BindingAddress.Parse(
        _app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First()).Port;

    /// <summary>The line of sums that it would say if it stopped now.</summary>
    public string Sums => _app.Services.GetRequiredService<IngestMetrics>().Summary();

    /// <summary>Completes when the sessions of the last server are known.</summary>
    public Task Recovered => _app.Services.GetRequiredService<SessionRegistry>().Recovered;

    /// <summary>A part of it.</summary>
    public T Part<T>()
        where T : notnull => _app.Services.GetRequiredService<T>();

    /// <summary>Starts it; the clock begins at noon of a spring day, in UTC.</summary>
    public static async Task<InProcessIngest> StartAsync(IngestOptions options, FakeTimeProvider? time = null)
    {
        time ??= new FakeTimeProvider(new DateTimeOffset(2026, 3, 1, 12, 0, 0, TimeSpan.Zero));
        var builder = ServiceBuilder.Create([]);
        builder.Logging.ClearProviders();
        var app = await IngestApplication.BuildAsync(
            builder, options with { ServerPort = 0, HttpPort = 0, DataProviderPort = 0, HttpAddress = IPAddress.Loopback }, time, CancellationToken.None);
        await app.StartAsync();
        return new InProcessIngest(app, time);
    }

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync();
        await _app.DisposeAsync();
    }
}
