using System.Net;
using Microsoft.Extensions.Configuration;
using NNTileLogger.AppHost;
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

var ingest = builder.AddProject<Projects.NNTileLogger_Ingest>("logger-server", launchProfileName: null)
    .WithEndpoint(name: "tcp", port: options.ServerPort, env: "SERVER_PORT", isProxied: false)
    .WithHttpEndpoint(name: "http", port: options.HttpPort, env: "HTTP_PORT", isProxied: false)
    .WithIngestOptions(options, ownAddress)
    .WithHttpHealthCheck("/health", endpointName: "http")
    .WithRestart();

var tensorboard = builder.AddTensorBoard("tensorboard", options.LogDir, options.TensorBoardPort)
    .WithHost(options.TensorBoardHost ?? ownAddress)
    .WithSamples(options.TensorBoardSamples)
    .WithPython(options.TensorBoardPython)
    .WithRestart(finalExitCodes: TensorBoardExtensions.FinalExitCodes);

if (options.IsTlsOn || builder.ExecutionContext.IsPublishMode)
{
    builder.AddProject<Projects.NNTileLogger_Proxy>("proxy", launchProfileName: null)
        .WithHttpsEndpoint(name: "https", port: options.TlsPort, env: "TLS_PORT", isProxied: false)
        .WithEnvironment("TENSORBOARD_URL", tensorboard.GetEndpoint("http"))
        .WithEnvironment("LIVE_URL", ingest.GetEndpoint("http"))
        .WithReferenceRelationship(tensorboard)
        .WithReferenceRelationship(ingest)
        .WithProxyOptions(options)
        .WithProxyHealthCheck()
        .WithRestart();
}

await builder.Build().RunAsync();
return 0;
