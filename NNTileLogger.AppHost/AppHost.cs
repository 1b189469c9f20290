using System.Net;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using NNTileLogger.AppHost;
using NNTileLogger.AppHost.Compose;
using NNTileLogger.AppHost.Deployment;
using NNTileLogger.AppHost.Ingest;
using NNTileLogger.AppHost.Proxy;
using NNTileLogger.AppHost.Supervision;
using NNTileLogger.AppHost.TensorBoard;

var variables = new ConfigurationBuilder().AddEnvironmentVariables().AddCommandLine(args).Build();
var options = AppHostOptions.Read(variables, Environment.CurrentDirectory);
if (options.Errors.Count > 0)
{
    return options.Report(Console.Error);
}

// The host, and the one that Aspire makes for the dashboard's sake, would watch the folder the command was typed in, with all
// below it: the logs too, by default.
Environment.SetEnvironmentVariable("DOTNET_hostBuilder__reloadConfigOnChange", "false");

var builder = DistributedApplication.CreateBuilder(new DistributedApplicationOptions
{
    Args = args,
    DisableDashboard = !options.Dashboard,
    AllowUnsecuredTransport = true,
    TrustDeveloperCertificate = false,
    DeveloperCertificateDefaultHttpsTerminationEnabled = false,
});
builder.AddConsoleLogging();
builder.AddSupervision();
if (options.Dashboard)
{
    await builder.AddDashboardDefaultsAsync();
}

// Where people are asked who they are, nothing else may let them in; containers are kept apart by their published ports.
var ownAddress = options.IsAccessOn && builder.ExecutionContext.IsRunMode ? IPAddress.Loopback : null;

// In a container the ports are always the usual ones, whatever the host's: others connect to logger-server:5001.
var inside = builder.ExecutionContext.IsPublishMode ? new AppHostOptions() : null;

var ingest = builder.AddProject<Projects.NNTileLogger_Ingest>("logger-server", launchProfileName: null)
    .WithEndpoint(name: "tcp", port: options.ServerPort, targetPort: inside?.ServerPort, env: "SERVER_PORT", isProxied: false)
    .WithHttpEndpoint(name: "http", port: options.HttpPort, targetPort: inside?.HttpPort, env: "HTTP_PORT", isProxied: false)
    .WithEndpoint(name: "feed", port: options.DataProviderPort, targetPort: inside?.DataProviderPort, env: "DATA_PROVIDER_PORT", isProxied: false)
    .WithUrlForEndpoint("http", url => url.DisplayText = "Live page")
    .WithUrls(urls => urls.Urls.Sort((one, other) => IsPage(other).CompareTo(IsPage(one))))
    .WithIngestOptions(options, ownAddress)
    .WithHttpHealthCheck("/health", endpointName: "http")
    .WithRestart();

var tensorboard = builder.AddTensorBoard("tensorboard", options.LogDir, options.TensorBoardPort, inside?.TensorBoardPort)
    .WithHost(options.TensorBoardHost ?? ownAddress)
    .WithSamples(options.TensorBoardSamples)
    .WithPython(options.TensorBoardPython)
    .WithFeed(options.IsFeedLive && builder.ExecutionContext.IsRunMode ? ingest.GetEndpoint("feed") : null)
    .WithRestart(finalExitCodes: TensorBoardExtensions.FinalExitCodes);

if (builder.ExecutionContext.IsRunMode)
{
    // For the live page's link; a container's name for it would mean nothing to a browser.
    ingest.WithEnvironment("TENSORBOARD_URL", tensorboard.GetEndpoint("http"));
}

if (options.IsTlsOn || builder.ExecutionContext.IsPublishMode)
{
    var proxy = builder.AddProject<Projects.NNTileLogger_Proxy>("proxy", launchProfileName: null)
        .WithHttpsEndpoint(name: "https", port: options.TlsPort, targetPort: inside?.TlsPort, env: "TLS_PORT", isProxied: false)
        .WithEnvironment("TENSORBOARD_URL", tensorboard.GetEndpoint("http"))
        .WithEnvironment("LIVE_URL", ingest.GetEndpoint("http"))
        .WithReferenceRelationship(tensorboard)
        .WithReferenceRelationship(ingest)
        .WithProxyOptions(options)
        .WithProxyHealthCheck()
        .WithRestart();
    if (builder.ExecutionContext.IsPublishMode)
    {
        builder.AddDeployment(options, ingest, tensorboard, proxy);
    }
}

var app = builder.Build();
// Made before they are started, Aspire's services never say that the dashboard runs, nor how to log in to it.
var publishing = builder.ExecutionContext.IsPublishMode ? app.Services.GetServices<IHostedService>().ToArray() : [];
await app.RunAsync();
return FailedSteps.ExitCode(publishing);

// The first link in the dashboard is the one a person wants.
static bool IsPage(ResourceUrlAnnotation url) => url.Endpoint?.EndpointName == "http";
