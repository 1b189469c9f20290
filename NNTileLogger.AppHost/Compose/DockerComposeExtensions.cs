#pragma warning disable ASPIREPIPELINES001 // Pipelines are marked as something that may still change.
using Aspire.Hosting.Pipelines;

namespace NNTileLogger.AppHost.Compose;

/// <summary>
/// Stand-in for the package Aspire.Hosting.Docker with its method names, to be swapped for it where it can be had.
/// Services are published from what the model says of them; what only compose knows is added by callbacks.
/// </summary>
internal static class DockerComposeExtensions
{
    /// <summary>Adds the publishing of docker-compose.yaml and .env.</summary>
    /// <param name="builder">The application.</param>
    /// <param name="name">The name of the project in compose.</param>
    public static IResourceBuilder<DockerComposeEnvironmentResource> AddDockerComposeEnvironment(
        this IDistributedApplicationBuilder builder, [ResourceName] string name)
    {
        var environment = new DockerComposeEnvironmentResource(name, Path.GetFullPath("..", builder.AppHostDirectory));
        builder.Pipeline.AddStep(
            $"publish-{name}",
            context => new ComposePublisher(environment, context).PublishAsync(),
            requiredBy: WellKnownPipelineSteps.Publish);
        return builder.ExecutionContext.IsRunMode ? builder.CreateResourceBuilder(environment) : builder.AddResource(environment);
    }

    /// <summary>Has the last word on the file.</summary>
    public static IResourceBuilder<DockerComposeEnvironmentResource> ConfigureComposeFile(
        this IResourceBuilder<DockerComposeEnvironmentResource> builder, Action<ComposeFile> configure)
    {
        builder.Resource.Configurations.Add(configure);
        return builder;
    }

    /// <summary>Says of a service what only compose knows.</summary>
    /// <param name="builder">A resource that is published.</param>
    /// <param name="configure">Given the service as the model makes it.</param>
    public static IResourceBuilder<T> PublishAsDockerComposeService<T>(
        this IResourceBuilder<T> builder, Action<DockerComposeServiceResource, Service> configure)
        where T : IResource
        => builder.WithAnnotation(new DockerComposeServiceAnnotation(configure));
}

/// <summary>Where the application is published to: one compose project.</summary>
/// <param name="name">Its name.</param>
/// <param name="sourceDirectory">The repository: what is mounted from there is published too.</param>
internal sealed class DockerComposeEnvironmentResource(string name, string sourceDirectory) : Resource(name)
{
    public string SourceDirectory { get; } = sourceDirectory;

    public List<Action<ComposeFile>> Configurations { get; } = [];

    /// <summary>Variables that were set and have no place in what is published; a person is told so.</summary>
    public List<string> Unpublished { get; } = [];
}

/// <summary>A resource seen as a service of the compose file.</summary>
/// <param name="Resource">The resource.</param>
/// <param name="PortOf">The port that an endpoint of any service has inside its container.</param>
internal sealed record DockerComposeServiceResource(IResource Resource, Func<EndpointReference, int> PortOf)
{
    /// <summary>The port of one of this service's own endpoints inside its container.</summary>
    public int TargetPort(string endpoint) => PortOf(((IResourceWithEndpoints)Resource).GetEndpoint(endpoint));
}

/// <summary>What a service is told beyond the model; several are applied in the order they were given.</summary>
/// <param name="Configure">Changes the service.</param>
internal sealed record DockerComposeServiceAnnotation(Action<DockerComposeServiceResource, Service> Configure) : IResourceAnnotation;
