#pragma warning disable ASPIREPIPELINES001, ASPIREPIPELINES004 // Pipelines are marked as something that may still change.
using Aspire.Hosting.Pipelines;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace NNTileLogger.AppHost.Compose;

/// <summary>The step of <c>aspire publish</c> that writes docker-compose.yaml, .env and the folders they mount; made for one run.</summary>
internal sealed partial class ComposePublisher(DockerComposeEnvironmentResource environment, PipelineStepContext context)
{
    public const string ComposeFileName = "docker-compose.yaml";
    public const string EnvFileName = ".env";

    /// <summary>The variable that says where the images are built from: the repository, as seen from the compose file.</summary>
    public const string SourceVariable = "SOURCE_DIR";

    private const string ComposeHeader =
        """
        # Made from the model in NNTileLogger.AppHost, from the repository's root:
        #   aspire publish -o compose --apphost NNTileLogger.AppHost/NNTileLogger.AppHost.csproj
        # What can be set is in .env beside it. Do not change this file: the next publishing writes it anew.

        """;

    private const string EnvHeader =
        """
        # Settings of docker-compose.yaml beside it, made together with it. Change the values as you need them: the next
        # publishing keeps what you changed, but not comments of your own, nor SOURCE_DIR.

        """;

    private const string SourceDescription = "Where the images are built from: the logger's repository, as seen from this folder.";

    private readonly string _output = context.Services.GetRequiredService<IPipelineOutputService>().GetOutputDirectory();
    private readonly Dictionary<string, string> _mounted = [];

    public async Task PublishAsync()
    {
        var file = new ComposeFile { Name = environment.Name };
        // Not GetComputeResources: that leaves out what has the name of Aspire's own dashboard.
        foreach (var resource in context.Model.Resources.Where(one => one.HasAnnotationOfType<DockerComposeServiceAnnotation>()))
        {
            file.Services[resource.Name] = await ServiceAsync(resource, file);
        }

        foreach (var configure in environment.Configurations)
        {
            configure(file);
        }

        Directory.CreateDirectory(_output);
        var variables = Variables();
        variables.Keep(await KeptAsync());
        await WriteAsync(ComposeFileName, ComposeHeader + file.ToYaml());
        await WriteAsync(EnvFileName, EnvHeader + variables);
        foreach (var (source, folder) in _mounted)
        {
            CopyFolder(source, Path.Combine(_output, folder));
        }

        if (environment.Unpublished.Count > 0)
        {
            var names = string.Join(", ", environment.Unpublished);
            var settings = Path.Combine(_output, EnvFileName);
            LogUnpublished(context.Logger, names, settings);
        }

        LogPublished(context.Logger, _output);
    }

    private async Task<Service> ServiceAsync(IResource resource, ComposeFile file)
    {
        var service = new Service();
        if (resource.Annotations.OfType<ContainerImageAnnotation>().LastOrDefault() is { } image)
        {
            service.Image = image.Tag is { } tag ? $"{image.Image}:{tag}" : image.Image;
        }

        if (resource.Annotations.OfType<DockerfileBuildAnnotation>().LastOrDefault() is { } build)
        {
            service.Build = Build(build);
        }

        await AddConfigurationAsync(resource, service);
        foreach (var mount in resource.Annotations.OfType<ContainerMountAnnotation>())
        {
            service.Volumes.Add(Mount(resource, mount));
            if (mount.Type == ContainerMountType.Volume)
            {
                file.Volumes.TryAdd(mount.Source!, new Volume());
            }
        }

        foreach (var wait in resource.Annotations.OfType<WaitAnnotation>())
        {
            service.DependsOn[wait.Resource.Name] = new ServiceDependency(
                wait.WaitType == WaitType.WaitUntilStarted ? "service_started" : "service_healthy");
        }

        foreach (var annotation in resource.Annotations.OfType<DockerComposeServiceAnnotation>())
        {
            annotation.Configure(new DockerComposeServiceResource(resource, PortOf), service);
        }

        return service;
    }

    private async Task AddConfigurationAsync(IResource resource, Service service)
    {
        var configuration = await ExecutionConfigurationBuilder.Create(resource)
            .WithEnvironmentVariablesConfig()
            .WithArgumentsConfig()
            .BuildAsync(context.ExecutionContext, context.Logger, context.CancellationToken);
        if (configuration.Exception is { } failure)
        {
            throw new InvalidOperationException($"The variables of {resource.Name} cannot be told: {failure.Message}", failure);
        }

        foreach (var (name, (value, _)) in configuration.EnvironmentVariablesWithUnprocessed)
        {
            service.Environment[name] = ComposeText.Of(value, PortOf);
        }

        service.Command.AddRange(configuration.ArgumentsWithUnprocessed.Select(argument => ComposeText.Of(argument.Unprocessed, PortOf)));
    }

    // The repository is named once, in the .env: the same file serves wherever it is published to.
    private ServiceBuild Build(DockerfileBuildAnnotation build)
    {
        var inside = Path.GetRelativePath(environment.SourceDirectory, build.ContextPath);
        var source = $"${{{SourceVariable}:-..}}";
        return new ServiceBuild(
            inside == "." ? source : $"{source}/{inside}",
            Path.GetRelativePath(build.ContextPath, build.DockerfilePath));
    }

    private ServiceVolume Mount(IResource resource, ContainerMountAnnotation mount)
    {
        var source = mount.Source ?? throw new InvalidOperationException(
            $"{resource.Name} mounts a volume without a name at {mount.Target}; give it one, or nobody finds its data again.");
        if (mount.Type == ContainerMountType.Volume)
        {
            return new ServiceVolume { Type = "volume", Source = source, Target = mount.Target, ReadOnly = mount.IsReadOnly ? true : null };
        }

        var folder = Path.GetFileName(source);
        _mounted[source] = folder;
        return new ServiceVolume
        {
            Type = "bind",
            Source = "./" + folder,
            Target = mount.Target,
            ReadOnly = mount.IsReadOnly ? true : null,
            Bind = new BindOptions(CreateHostPath: false),
        };
    }

    // Where the images are built from is where this was published from, whatever an earlier publishing said.
    private async Task<IReadOnlyDictionary<string, string>> KeptAsync()
    {
        var earlier = Path.Combine(_output, EnvFileName);
        var changed = await ChangedSettings.ReadAsync(earlier, Path.Combine(_output, ComposeFileName), context.CancellationToken);
        var kept = changed.Where(one => one.Key != SourceVariable).ToDictionary();
        if (kept.Count > 0)
        {
            var names = string.Join(", ", kept.Keys);
            LogKept(context.Logger, earlier, names);
        }

        return kept;
    }

    private EnvFile Variables()
    {
        var source = Path.GetRelativePath(_output, environment.SourceDirectory);
        var isInside = !Path.GetRelativePath(environment.SourceDirectory, _output).StartsWith("..", StringComparison.Ordinal);
        var variables = new EnvFile();
        variables.Add(new EnvVariable(SourceVariable, isInside ? source : environment.SourceDirectory, SourceDescription));
        foreach (var parameter in context.Model.Resources.OfType<ParameterResource>())
        {
            variables.Add(new EnvVariable(parameter.VariableName(), parameter.DefaultText(), parameter.Description));
        }

        return variables;
    }

    private static int PortOf(EndpointReference endpoint)
    {
        var resolved = endpoint.Resource.ResolveEndpoints(null).Single(one => one.Endpoint.Name == endpoint.EndpointName);
        return resolved.TargetPort.Value ?? throw new InvalidOperationException(
            $"{endpoint.Resource.Name}'s endpoint {endpoint.EndpointName} has no port inside its container; give it a targetPort.");
    }

    private Task WriteAsync(string name, string text)
        => File.WriteAllTextAsync(Path.Combine(_output, name), text, context.CancellationToken);

    private static void CopyFolder(string source, string target)
    {
        if (Path.GetFullPath(source) == Path.GetFullPath(target))
        {
            return;
        }

        Directory.CreateDirectory(target);
        foreach (var file in Directory.EnumerateFiles(source))
        {
            File.Copy(file, Path.Combine(target, Path.GetFileName(file)), overwrite: true);
        }
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Published; there, docker compose up --build starts it: {Folder}")]
    private static partial void LogPublished(ILogger logger, string folder);

    [LoggerMessage(Level = LogLevel.Information, Message = "{File} was there already: the values that were changed in it stay, {Names}")]
    private static partial void LogKept(ILogger logger, string file, string names);

    [LoggerMessage(Level = LogLevel.Warning, Message =
        "Not published, as in containers there are other folders and addresses: {Names}. What takes their place, and so who is let in, is to be set in {File}")]
    private static partial void LogUnpublished(ILogger logger, string names, string file);
}
