using System.Globalization;
using NNTileLogger.AppHost.Compose;

namespace NNTileLogger.AppHost.Deployment;

/// <summary>What several published services have in common.</summary>
internal static class ServiceExtensions
{
    /// <summary>The user of all images of this repository, which owns the files.</summary>
    public const string User = "1654:1654";

    // What Aspire adds for services of its own kind: nobody forwards to these, and a report that was lost is not repeated.
    private static readonly string[] _unwanted = ["ASPNETCORE_FORWARDEDHEADERS_ENABLED", "OTEL_DOTNET_EXPERIMENTAL_OTLP_RETRY", "HTTP_PORTS", "HTTPS_PORTS"];

    /// <summary>Called last: takes out variables that the services have no use for.</summary>
    public static IResourceBuilder<ProjectResource> WithoutUnwantedVariables(this IResourceBuilder<ProjectResource> builder)
        => builder.WithEnvironment(context =>
        {
            foreach (var name in _unwanted)
            {
                context.EnvironmentVariables.Remove(name);
            }
        });

    /// <summary>A named volume, for resources that are no containers while they run here.</summary>
    public static IResourceBuilder<T> WithVolumeMount<T>(this IResourceBuilder<T> builder, string name, string target, bool isReadOnly = false)
        where T : IResource
        => builder.WithAnnotation(new ContainerMountAnnotation(name, target, ContainerMountType.Volume, isReadOnly));

    /// <summary>Opens an endpoint on the host.</summary>
    /// <param name="service">The service.</param>
    /// <param name="port">Its port in the container.</param>
    /// <param name="hostPort">The variable with the host's port.</param>
    /// <param name="address">The variable with the host's address; null is all.</param>
    public static void Publish(this Service service, int port, IResourceBuilder<ParameterResource> hostPort, IResourceBuilder<ParameterResource>? address = null)
    {
        var prefix = address is null ? "" : address.AsEnvironmentPlaceholder() + ":";
        service.Ports.Add(string.Create(CultureInfo.InvariantCulture, $"{prefix}{hostPort.AsEnvironmentPlaceholder()}:{port}"));
    }

    /// <summary>Starts it again whenever it ends, and gives it time to write what it holds.</summary>
    public static void KeepRunning(this Service service)
    {
        service.Restart = "unless-stopped";
        service.StopGracePeriod = "10s";
    }

    /// <summary>Takes away what it has no use for: another user's files, capabilities, a writable system.</summary>
    public static void Confine(this Service service, string user = User)
    {
        service.User = user;
        service.ReadOnly = true;
        service.Tmpfs = ["/tmp"];
        service.ConfinePrivileges();
    }

    /// <summary>Takes away all capabilities, and every way to get one; for others' images, which write where they like.</summary>
    public static void ConfinePrivileges(this Service service)
    {
        service.CapDrop = ["ALL"];
        service.SecurityOpt = ["no-new-privileges:true"];
    }

    /// <summary>Has the engine ask the program itself whether it is well.</summary>
    public static void CheckHealth(this Service service, params string[] command)
        => service.Healthcheck = new Healthcheck
        {
            Test = ["CMD", .. command],
            Interval = "10s",
            Timeout = "5s",
            Retries = 3,
            StartPeriod = "30s",
        };

    /// <summary>Bounds what it may use, so that it takes nothing from the trainings beside it.</summary>
    public static void Limit(this Service service, Limits limits)
        => service.Deploy = new ServiceDeploy(new ServiceResources(new ServiceLimits(
            limits.Cpus.AsEnvironmentPlaceholder(), limits.Memory.AsEnvironmentPlaceholder())));
}
