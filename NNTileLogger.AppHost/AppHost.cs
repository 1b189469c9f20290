using Microsoft.Extensions.Configuration;
using NNTileLogger.AppHost;
using NNTileLogger.AppHost.Ingest;
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

builder.AddProject<Projects.NNTileLogger_Ingest>("logger-server", launchProfileName: null)
    .WithEndpoint(name: "tcp", port: options.ServerPort, env: "SERVER_PORT", isProxied: false)
    .WithHttpEndpoint(name: "http", port: options.HttpPort, env: "HTTP_PORT", isProxied: false)
    .WithIngestOptions(options)
    .WithHttpHealthCheck("/health", endpointName: "http")
    .WithRestart();

builder.AddTensorBoard("tensorboard", options.LogDir, options.TensorBoardPort)
    .WithSamples(options.TensorBoardSamples)
    .WithPython(options.TensorBoardPython)
    .WithRestart(finalExitCodes: TensorBoardExtensions.FinalExitCodes);

await builder.Build().RunAsync();
return 0;
