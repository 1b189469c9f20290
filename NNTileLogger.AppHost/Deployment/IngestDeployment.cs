using System.Globalization;
using NNTileLogger.AppHost.Compose;

namespace NNTileLogger.AppHost.Deployment;

/// <summary>The logger as a container; called from <see cref="LoggerDeployment"/>.</summary>
internal static class IngestDeployment
{
    /// <summary>The volume of the sessions, and where every service finds it.</summary>
    public const string LogsVolume = "logs";

    /// <summary>Its folder in the containers.</summary>
    public const string LogsFolder = "/logs";

    private const string HttpHost = "HTTP_HOST";
    private const string ProviderHost = "DATA_PROVIDER_HOST";
    private const string ClearLogs = "CLEAR_LOGS";
    private const string Kept = "0";

    public static IResourceBuilder<ProjectResource> PublishIngest(
        this IResourceBuilder<ProjectResource> ingest,
        Settings settings,
        AppHostOptions options,
        LoggerNetwork network,
        IResourceBuilder<ParameterResource> pages)
    {
        var tcp = settings.AddPort("SERVER_PORT", options.ServerPort, "Port of this machine where trainings connect.");
        var http = settings.AddPort("HTTP_PORT", options.HttpPort, "Port of this machine for the live page and its API.");
        var clear = settings.Add(ClearLogs, options.IngestVariables.GetValueOrDefault(ClearLogs, Kept),
            "1 removes ended sessions whenever the logger starts, after each restart of this machine too; 0 keeps all.");
        var handedOn = settings.AddHandedOn(
            AppHostOptions.HandedOn.Except([HttpHost, ProviderHost, ClearLogs, "TZ"]), options.IngestVariables,
            "Options of the logger, which its README explains; empty takes the default.");

        ingest.WithEnvironment("LOG_DIR", LogsFolder).WithEnvironment(ClearLogs, clear);
        foreach (var (name, parameter) in handedOn)
        {
            ingest.WithEnvironment(name, parameter);
        }

        // TensorBoard asks from another container; the port is not opened on the host.
        ingest.WithEnvironment(ProviderHost, "*");

        // In its container it listens on all addresses; the host's is said by the published port.
        return ingest.WithEnvironment(context => context.EnvironmentVariables.Remove(HttpHost))
            .WithoutUnwantedVariables()
            .WithVolumeMount(LogsVolume, LogsFolder)
            .PublishAsDockerFile(image => image.WithDockerfile("..", "NNTileLogger.Ingest/Dockerfile"))
            .PublishAsDockerComposeService((resource, service) =>
            {
                service.Image = "nntile-logger-ingest";
                service.Publish(resource.TargetPort("tcp"), tcp);
                service.Publish(resource.TargetPort("http"), http, pages);
                // For the services beside it alone; what converts the file for Kubernetes wants it said.
                service.Expose.Add(resource.TargetPort("feed").ToString(CultureInfo.InvariantCulture));
                network.JoinAtAddress(service);
                service.KeepRunning();
                service.Confine();
                service.CheckHealth("/app/NNTileLogger.Ingest", ServiceDefaults.HealthProbe.Argument);
            });
    }
}
