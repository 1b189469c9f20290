using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Logging;

namespace NNTileLogger.AppHost.Proxy;

/// <summary>Adds the HTTPS front to the model; called from AppHost.cs only.</summary>
internal static partial class ProxyExtensions
{
    private const string Https = "https";
    private const string KeyPassword = "TLS_KEY_PASSWORD";

    /// <summary>Tells the proxy what the user set, and Aspire how to reach it.</summary>
    public static IResourceBuilder<ProjectResource> WithProxyOptions(this IResourceBuilder<ProjectResource> builder, AppHostOptions options)
    {
        foreach (var (name, value) in options.ProxyVariables)
        {
            builder.WithEnvironment(name, value);
        }

        if (options.TlsKeyPassword is { } password && builder.ApplicationBuilder.ExecutionContext.IsRunMode)
        {
            // A parameter that is a secret is masked in the dashboard.
            builder.WithEnvironment(KeyPassword, builder.ApplicationBuilder.AddParameter("tls-key-password", () => password, secret: true));
        }

        var address = IPAddress.TryParse(options.ProxyVariables.GetValueOrDefault("TLS_HOST"), out var parsed) ? parsed : null;
        builder.WithAddress(Https, address)
            .WithUrlForEndpoint(Https, url => url.DisplayText = "TensorBoard")
            .WithUrlForEndpoint(Https, _ => new ResourceUrlAnnotation { Url = "/live/", DisplayText = "Live page" });

        // Its certificate is the user's: without this Aspire would look for one of its own.
#pragma warning disable ASPIRECERTIFICATES001 // The method is marked as one that may still change.
        builder.WithoutHttpsCertificate();
#pragma warning restore ASPIRECERTIFICATES001
        return builder.OnResourceReady((proxy, ready, _) =>
        {
            var logger = ready.Services.GetRequiredService<ILoggerFactory>().CreateLogger("NNTileLogger.AppHost.Proxy");
            var url = proxy.GetEndpoint(Https).Url;
            LogReady(logger, url);
            return Task.CompletedTask;
        });
    }

    /// <summary>Asks the proxy for its health. Aspire's own check would refuse a certificate that is not made for localhost.</summary>
    public static IResourceBuilder<ProjectResource> WithProxyHealthCheck(this IResourceBuilder<ProjectResource> builder)
    {
        var name = builder.Resource.Name + "_health";
        var services = builder.ApplicationBuilder.Services;
        services.AddSingleton(_ => new ProxyHealthCheck(() => builder.GetEndpoint(Https)));
        services.AddHealthChecks().Add(new HealthCheckRegistration(name, provider => provider.GetRequiredService<ProxyHealthCheck>(), null, null));
        return builder.WithHealthCheck(name);
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "TensorBoard over https is at {Url}, the live page at {Url}/live/")]
    private static partial void LogReady(ILogger logger, string url);
}
