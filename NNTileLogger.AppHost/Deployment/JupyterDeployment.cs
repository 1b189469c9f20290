using NNTileLogger.AppHost.Compose;

namespace NNTileLogger.AppHost.Deployment;

/// <summary>A Jupyter as a container, of the profile jupyter, that knows where the logger is; called from <see cref="LoggerDeployment"/>.</summary>
internal static class JupyterDeployment
{
    private const string Name = "jupyter-lab";
    private const string Profile = "jupyter";
    private const string StockImage = "quay.io/jupyter/minimal-notebook";
    private const int Port = 8888;

    // The user of the stock images, whose start then changes to no other.
    private const string StockUser = "1000:100";

    public static void Add(
        IDistributedApplicationBuilder builder,
        Settings settings,
        LoggerNetwork network,
        IResourceBuilder<ProjectResource> ingest)
    {
        var port = settings.AddPort("JUPYTER_PORT", Port,
            "Jupyter (--profile jupyter): the port on this machine, the image (one with NNTile, to train), and a password for its\n"
            + "page, made anew at every start and printed where it is empty.");
        var image = settings.Add("JUPYTER_IMAGE", StockImage + ":latest");
        var token = settings.Add("JUPYTER_TOKEN", "");
        var user = settings.Add("JUPYTER_USER", StockUser,
            "Numbers of the user and group as which Jupyter runs: those of its image, who may write to the home folder there.");
        builder.AddContainer(Name, StockImage)
            .WithHttpEndpoint(name: "http", targetPort: Port)
            .WithEnvironment("JUPYTER_TOKEN", token)
            .WithEnvironment("NNTILE_LOGGER_HOST", ingest.Resource.Name)
            .WithEnvironment("NNTILE_LOGGER_ADDR", network.Address)
            .WithEnvironment("NNTILE_LOGGER_PORT", ingest.GetEndpoint("tcp").Property(EndpointProperty.TargetPort))
            .WithEnvironment("LOG_DIR", IngestDeployment.LogsFolder)
            .WithVolumeMount(IngestDeployment.LogsVolume, IngestDeployment.LogsFolder, isReadOnly: true)
            .WithBindMount("../compose/notebooks", "/home/jovyan/notebooks", isReadOnly: true)
            .WaitFor(ingest)
            .PublishAsDockerComposeService((resource, service) =>
            {
                service.Image = image.AsEnvironmentPlaceholder();
                service.Profiles.Add(Profile);
                service.User = user.AsEnvironmentPlaceholder();
                service.Publish(resource.TargetPort("http"), port);
                LoggerNetwork.Join(service);
                service.KeepRunning();
                service.ConfinePrivileges();
            });
    }
}
