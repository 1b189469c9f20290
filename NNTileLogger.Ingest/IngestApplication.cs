using System.Net;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using NNTileLogger.Ingest.EventFiles;
using NNTileLogger.Ingest.Protocol;
using NNTileLogger.Ingest.Sessions;
using NNTileLogger.ServiceDefaults;

namespace NNTileLogger.Ingest;

/// <summary>Puts the service together: what is made of what, and in which order it starts.</summary>
internal static partial class IngestApplication
{
    /// <summary>The previous server may still be ending: so long a lock or a port may be held.</summary>
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(8);

    /// <summary>Takes the lock and the ports, and builds the service around them.</summary>
    /// <param name="builder">The builder of a web application.</param>
    /// <param name="options">The variables.</param>
    /// <param name="time">The clock.</param>
    /// <param name="cancellation">Gives up early.</param>
    /// <exception cref="StartupException">The directory or a port cannot be had.</exception>
    public static async Task<WebApplication> BuildAsync(
        WebApplicationBuilder builder, IngestOptions options, TimeProvider time, CancellationToken cancellation)
    {
        var held = await LogDirectoryLock.AcquireAsync(options.LogDirectory, _patience, time, cancellation);
        try
        {
            var listener = await LineListener.OpenAsync(options.ServerPort, _patience, time, cancellation);
            var http = new IPEndPoint(options.HttpAddress, options.HttpPort);
            await PortPatience.WaitUntilFreeAsync("HTTP_PORT", http, _patience, time, cancellation);
            AddIngest(builder.Services, options, time, held, listener);
            builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(http));
        }
        catch
        {
            held.Dispose();
            throw;
        }

        builder.AddServiceDefaults(IngestMetrics.MeterName);
        builder.Services.AddHealthChecks().AddCheck<IngestHealth>("ingest");
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = TimeSpan.FromSeconds(5));

        var app = builder.Build();
        app.Services.GetRequiredService<IngestMetrics>().Observe(
            app.Services.GetRequiredService<OpenFiles>(),
            app.Services.GetRequiredService<PointBuffer>(),
            app.Services.GetRequiredService<LineBudget>());
        app.MapDefaultEndpoints(WriteHealthAsync);
        app.Lifetime.ApplicationStarted.Register(() => LogReady(app, options));
        return app;
    }

    private static void AddIngest(
        IServiceCollection services, IngestOptions options, TimeProvider time, LogDirectoryLock held, LineListener listener)
    {
        services.AddSingleton(options);
        services.AddSingleton(time);
        services.AddSingleton(held);
        services.AddSingleton(listener);
        services.AddSingleton<IngestMetrics>();

        services.AddSingleton(new LogDirectory(options.LogDirectory, time));
        services.AddSingleton(new EventFileNaming(Environment.MachineName, Environment.ProcessId));
        services.AddSingleton(_ => new PointBuffer(options.PointBufferBytes));
        services.AddSingleton(new OpenFiles(options.MaxOpenFiles));
        services.AddSingleton<WriteHealth>();
        services.AddSingleton<DiskSync>();
        services.AddSingleton<RunFileWriter>();
        services.AddSingleton<EventWriter>();

        services.AddSingleton(provider => new LineBudget(options.LineBufferBytes, provider.GetRequiredService<IngestMetrics>()));
        services.AddSingleton<SessionStorage>();
        services.AddSingleton<SessionRegistry>();
        services.AddSingleton<SessionRecovery>();
        services.AddSingleton<IngestPipeline>();
        services.AddSingleton<ConnectionTable>();
        services.AddSingleton<IngestServer>();
        services.AddHostedService(provider => provider.GetRequiredService<IngestServer>());
    }

    private static Task WriteHealthAsync(HttpContext context, HealthReport report)
    {
        var reasons = report.Entries.Values.Select(entry => entry.Description).OfType<string>().ToArray();
        return context.Response.WriteAsJsonAsync(
            new HealthAnswer(report.Status.ToString(), reasons), HealthJson.Default.HealthAnswer);
    }

    private static void LogReady(WebApplication app, IngestOptions options)
    {
        var address = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First();
        var http = BindingAddress.Parse(address).Port;
        var port = app.Services.GetRequiredService<IngestServer>().Port;
        LogReady(app.Logger, port, http, options.LogDirectory);
    }

    [LoggerMessage(
        Level = LogLevel.Information,
        Message = "Ready: taking lines on port {Port}, health on http://localhost:{Http}/health, sessions in {Directory}.")]
    private static partial void LogReady(ILogger logger, int port, int http, string directory);
}
