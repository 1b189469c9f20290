using NNTileLogger.AppHost.Compose;
using NNTileLogger.AppHost.Python;

namespace NNTileLogger.AppHost.Deployment;

/// <summary>
/// What is published: the programs that run here as containers of one compose project, and a dashboard and a Jupyter
/// beside them. Called from AppHost.cs in publish mode only.
/// </summary>
internal static class LoggerDeployment
{
    private const string ProjectName = "nntile-logger";

    public static void AddDeployment(
        this IDistributedApplicationBuilder builder,
        AppHostOptions options,
        IResourceBuilder<ProjectResource> ingest,
        IResourceBuilder<PythonAppResource> tensorboard,
        IResourceBuilder<ProjectResource> proxy)
    {
        var settings = new Settings(builder);
        var environment = builder.AddDockerComposeEnvironment(ProjectName);
        environment.Resource.Unpublished.AddRange(OfThisMachine(options));
        var network = LoggerNetwork.Add(environment, settings);
        var pages = settings.Add("WEB_BIND_ADDRESS", "0.0.0.0",
            "Address of this machine for the pages that ask nobody who they are: live page, TensorBoard. Make it 127.0.0.1\n"
            + "where the proxy asks for passwords: they are a way around it otherwise.");
        var zone = settings.Add("TZ", options.IngestVariables.GetValueOrDefault("TZ", "UTC"), "Time zone of session names and logs.");

        ingest.WithEnvironment("TZ", zone).PublishIngest(settings, options, network, pages);
        tensorboard.WithEnvironment("TZ", zone).PublishTensorBoard(settings, options, ingest, pages).WaitFor(ingest);
        proxy.WithEnvironment("TZ", zone).PublishProxy(settings, options).WaitFor(ingest).WaitFor(tensorboard);

        var telemetry = DashboardDeployment.Add(builder, settings, ingest, proxy);
        JupyterDeployment.Add(builder, settings, network, ingest);
        // The order of the .env is that of a person's interest: what each may use comes last.
        LimitsOf("LOGGER", "1", "2g", ingest, "What a service may use at most: processors, and memory.");
        LimitsOf("TENSORBOARD", "1", "4g", tensorboard);
        LimitsOf("PROXY", "1", "512m", proxy);
        LimitsOf("DASHBOARD", "1", "1g", telemetry);

        void LimitsOf<T>(string name, string cpus, string memory, IResourceBuilder<T> resource, string? description = null)
            where T : IResource
        {
            var limits = settings.AddLimits(name, cpus, memory, description);
            resource.PublishAsDockerComposeService((_, service) => service.Limit(limits));
        }
    }

    // Who sees what, as far as it was said with paths and addresses, which in a container are others.
    private static IEnumerable<string> OfThisMachine(AppHostOptions options)
        => options.ProxyVariables.Keys.Except(AppHostOptions.HandedOnToProxy)
            .Concat(options.ProxyVariables.Keys.Concat(options.IngestVariables.Keys).Where(name => name.EndsWith("_HOST", StringComparison.Ordinal)))
            .Concat(options.TensorBoardHost is null ? [] : ["TENSORBOARD_HOST"])
            .Concat(options.TlsKeyPassword is null ? [] : ["TLS_KEY_PASSWORD"]);
}
