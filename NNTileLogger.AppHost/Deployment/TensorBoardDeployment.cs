using System.Globalization;
using NNTileLogger.AppHost.Compose;
using NNTileLogger.AppHost.Python;

namespace NNTileLogger.AppHost.Deployment;

/// <summary>TensorBoard as a container; called from <see cref="LoggerDeployment"/>. Its image's serve.py reads the variables.</summary>
internal static class TensorBoardDeployment
{
    public static IResourceBuilder<PythonAppResource> PublishTensorBoard(
        this IResourceBuilder<PythonAppResource> tensorboard,
        Settings settings,
        AppHostOptions options,
        IResourceBuilder<ProjectResource> ingest,
        IResourceBuilder<ParameterResource> pages)
    {
        var http = settings.AddPort("TENSORBOARD_PORT", options.TensorBoardPort, "Port of this machine for TensorBoard.");
        var samples = settings.Add(
            "TENSORBOARD_SAMPLES", options.TensorBoardSamples.ToString(CultureInfo.InvariantCulture),
            "Points TensorBoard keeps of each curve; 0 keeps all.");
        var feed = settings.Add(
            "TENSORBOARD_FEED", options.IsFeedLive ? AppHostOptions.LiveFeed : AppHostOptions.FileFeed,
            "Where TensorBoard gets its points: grpc, from the logger, at once; files, from the volume.");
        // For the live page's link: as a browser here reaches it; the page is told the name it was itself asked for by.
        ingest.WithEnvironment("TENSORBOARD_URL", ReferenceExpression.Create($"http://localhost:{http}"));
        return tensorboard
            .WithEnvironment("LOG_DIR", IngestDeployment.LogsFolder)
            .WithEnvironment("TENSORBOARD_PORT", tensorboard.GetEndpoint("http").Property(EndpointProperty.TargetPort))
            .WithEnvironment("TENSORBOARD_SAMPLES", samples)
            .WithEnvironment("TENSORBOARD_FEED", feed)
            // A relay in its container takes it there from loopback, the only address it takes.
            .WithEnvironment("DATA_PROVIDER_HOST", ingest.GetEndpoint("feed").Property(EndpointProperty.Host))
            .WithEnvironment("DATA_PROVIDER_PORT", ingest.GetEndpoint("feed").Property(EndpointProperty.TargetPort))
            .WithVolumeMount(IngestDeployment.LogsVolume, IngestDeployment.LogsFolder, isReadOnly: true)
            .PublishAsDockerFile(image => image.WithDockerfile("TensorBoard"))
            .PublishAsDockerComposeService((resource, service) =>
            {
                service.Image = "nntile-logger-tensorboard";
                // It starts children, and nobody else would wait for theirs.
                service.Init = true;
                service.Publish(resource.TargetPort("http"), http, pages);
                LoggerNetwork.Join(service);
                service.KeepRunning();
                service.Confine();
                service.CheckHealth("/opt/tensorboard/bin/python", "/app/serve.py", ServiceDefaults.HealthProbe.Argument);
            });
    }
}
