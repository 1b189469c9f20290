using System.Net;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using NNTileLogger.Ingest.DataProvider;
using NNTileLogger.Ingest.EventFiles;
using NNTileLogger.Ingest.Live;
using NNTileLogger.Ingest.Points;
using NNTileLogger.Ingest.Protocol;
using NNTileLogger.Ingest.Sessions;
using NNTileLogger.ServiceDefaults;

namespace NNTileLogger.Ingest;

/// <summary>Puts the service together: what is made of what, and in which order it starts.</summary>
internal static partial class IngestApplication
{
    /// <summary>The previous server may still be ending: so long a lock or a port may be held.</summary>
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(8);

    /// <summary>For the points of all open sessions that those who look at them are shown.</summary>
    private const long KeptBytes = 64 << 20;

    /// <summary>Takes the lock and the ports, and builds the service around them.</summary>
    /// <param name="builder">The builder of a web application.</param>
    /// <param name="options">The variables.</param>
    /// <param name="time">The clock.</param>
    /// <param name="cancellation">Gives up early.</param>
    /// <exception cref="StartupException">The directory or a port cannot be had.</exception>
    public static async Task<WebApplication> BuildAsync(
        WebApplicationBuilder builder, IngestOptions options, TimeProvider time, CancellationToken cancellation)
    {
        var (wanted, limit) = (options, DescriptorLimit.OfThisProcess());
        options = DescriptorShare.Fit(wanted, limit);
        var held = await LogDirectoryLock.AcquireAsync(options.LogDirectory, _patience, time, cancellation);
        try
        {
            var listener = await LineListener.OpenAsync(options.ServerPort, _patience, time, cancellation);
            var http = new IPEndPoint(options.HttpAddress, options.HttpPort);
            await PortPatience.WaitUntilFreeAsync("HTTP_PORT", http, _patience, time, cancellation);
            AddIngest(builder.Services, options, time, held, listener);
            var data = new IPEndPoint(options.DataProviderAddress, options.DataProviderPort);
            await PortPatience.WaitUntilFreeAsync("DATA_PROVIDER_PORT", data, _patience, time, cancellation);
            builder.WebHost.ConfigureKestrel(kestrel =>
            {
                kestrel.Listen(http);
                kestrel.ListenForTensorBoard(data);
            });
        }
        catch
        {
            held.Dispose();
            throw;
        }

        var pageProblem = LivePage.UseAssets(builder.WebHost);
        builder.AddServiceDefaults(IngestMetrics.MeterName);
        builder.Services.AddSingleton<IngestHealth>();
        builder.Services.AddHealthChecks().AddCheck<IngestHealth>("ingest");
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = TimeSpan.FromSeconds(5));

        var app = builder.Build();
        app.Services.GetRequiredService<IngestMetrics>().Observe(
            app.Services.GetRequiredService<OpenFiles>(),
            app.Services.GetRequiredService<PointBuffer>(),
            app.Services.GetRequiredService<LineBudget>(),
            app.Services.GetRequiredService<PointMemory>());
        app.MapLivePage(pageProblem);
        app.MapLiveApi();
        app.MapDataProvider();
        app.MapDefaultEndpoints(WriteHealthAsync);
        app.Lifetime.ApplicationStarted.Register(() => LogReady(app, options));
        if (options != wanted)
        {
            LogFewDescriptors(app.Logger, limit, options.MaxConnections, options.MaxOpenFiles);
        }

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
        // An instance, which the container does not dispose: while a disk hangs there are users of it to the very end.
        services.AddSingleton(new PointBuffer(options.PointBufferBytes));
        services.AddSingleton(new PointMemory(KeptBytes));
        services.AddSingleton(new OpenFiles(options.MaxOpenFiles));
        services.AddSingleton(new SeriesLimit(options.MaxSeries, options.MaxSeriesOfAll));
        services.AddSingleton<WriteHealth>();
        services.AddSingleton<DiskSync>();
        services.AddSingleton<RunFileWriter>();
        services.AddSingleton<EventWriter>();

        services.AddSingleton(provider => new LineBudget(options.LineBufferBytes, provider.GetRequiredService<IngestMetrics>()));
        services.AddSingleton<SessionStorage>();
        services.AddSingleton<SessionRegistry>();
        services.AddSingleton<SessionRecovery>();
        services.AddSingleton(new ReadingTurns());
        services.AddSingleton<IngestPipeline>();
        services.AddSingleton<ConnectionTable>();
        services.AddSingleton<IngestServer>();
        services.AddLive();
        services.AddDataProvider();
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
        // In the order in which they were asked for.
        var addresses = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Select(BindingAddress.Parse).ToList();
        var http = addresses[0].Port;
        var port = app.Services.GetRequiredService<IngestServer>().Port;
        var data = new IPEndPoint(options.DataProviderAddress, addresses[^1].Port);
        LogFeed(app.Logger, data);
        LogReady(app.Logger, port, http, options.LogDirectory);
    }

    [LoggerMessage(
        Level = LogLevel.Information,
        Message = "Ready: taking lines on port {Port}, live page on http://localhost:{Http}/, health on http://localhost:{Http}/health, sessions in {Directory}.")]
    private static partial void LogReady(ILogger logger, int port, int http, string directory);

    [LoggerMessage(Level = LogLevel.Information, Message = "TensorBoard reads from here with --grpc_data_provider={Address}.")]
    private static partial void LogFeed(ILogger logger, IPEndPoint address);

    [LoggerMessage(
        Level = LogLevel.Warning,
        Message = "The system lets this process have {Limit} descriptors: at most {Connections} clients at once and {Files} open event files. Raise the limit (ulimit -n) for MAX_CONNECTIONS and MAX_OPEN_FILES as asked for.")]
    private static partial void LogFewDescriptors(ILogger logger, int? limit, int connections, int files);
}
