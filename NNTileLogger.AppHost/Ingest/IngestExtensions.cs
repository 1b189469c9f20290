using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace NNTileLogger.AppHost.Ingest;

/// <summary>What the AppHost tells the ingest service; called from AppHost.cs only.</summary>
internal static partial class IngestExtensions
{
    // The dashboard shows higher ones first, and takes the others, which have none, by their names.
    private const int FirstLink = 100;

    private const string HttpHost = "HTTP_HOST";
    private const string MetricInterval = "OTEL_METRIC_EXPORT_INTERVAL";

    /// <summary>Hands the user's variables on, and says where training programs connect once the service is ready.</summary>
    /// <param name="builder">The ingest service.</param>
    /// <param name="options">The user's variables.</param>
    /// <param name="address">Where its HTTP listens unless HTTP_HOST says otherwise; null is all.</param>
    public static IResourceBuilder<ProjectResource> WithIngestOptions(
        this IResourceBuilder<ProjectResource> builder, AppHostOptions options, IPAddress? address)
    {
        builder.WithEnvironment("LOG_DIR", options.LogDir);
        // Once a minute is OpenTelemetry's default: too slow to look at in the dashboard.
        var interval = builder.ApplicationBuilder.ExecutionContext.IsRunMode ? "1000" : "5000";
        builder.WithEnvironment(MetricInterval, builder.ApplicationBuilder.Configuration[MetricInterval] ?? interval);
        foreach (var (name, value) in options.IngestVariables)
        {
            builder.WithEnvironment(name, value);
        }

        if (options.IngestVariables.TryGetValue(HttpHost, out var host))
        {
            address = IPAddress.TryParse(host, out var parsed) ? parsed : null;
        }
        else if (address is not null)
        {
            builder.WithEnvironment(HttpHost, address.ToString());
        }

        builder.WithAddress("http", address);
#pragma warning disable CS0618 // A field that Aspire will make a property, set in the same way.
        builder.WithUrlForEndpoint("http", url => url.DisplayOrder = FirstLink);
#pragma warning restore CS0618

        // It speaks plain http: without this Aspire warns that it found no certificate for it.
#pragma warning disable ASPIRECERTIFICATES001 // The method is marked as one that may still change.
        builder.WithoutHttpsCertificate();
#pragma warning restore ASPIRECERTIFICATES001
        return builder.OnResourceReady((server, ready, _) =>
        {
            var logger = ready.Services.GetRequiredService<ILoggerFactory>().CreateLogger("NNTileLogger.AppHost.Ingest");
            var port = server.GetEndpoint("tcp").Port;
            LogReady(logger, port, options.LogDir);
            return Task.CompletedTask;
        });
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Training programs connect to port {Port}; their logs go to {LogDir}")]
    private static partial void LogReady(ILogger logger, int port, string logDir);
}
