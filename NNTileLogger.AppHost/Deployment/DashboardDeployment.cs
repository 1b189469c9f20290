using System.Globalization;
using NNTileLogger.AppHost.Compose;

namespace NNTileLogger.AppHost.Deployment;

/// <summary>Aspire's dashboard as a container, of the profile dashboard, and the telemetry sent to it; called from <see cref="LoggerDeployment"/>.</summary>
internal static class DashboardDeployment
{
    private const string Name = "aspire-dashboard";
    private const string Profile = "dashboard";
    private const string Otlp = "otlp";
    private const int PagePort = 18888;
    private const int OtlpPort = 18889;

    public static IResourceBuilder<ContainerResource> Add(
        IDistributedApplicationBuilder builder, Settings settings, params IResourceBuilder<ProjectResource>[] services)
    {
        var page = settings.AddPort("DASHBOARD_PORT", PagePort, "Aspire's dashboard (--profile dashboard): the port on this machine, and the image. It prints its login link.");
        var image = settings.Add("DASHBOARD_IMAGE", "mcr.microsoft.com/dotnet/aspire-dashboard:latest");
        var dashboard = builder.AddContainer(Name, "mcr.microsoft.com/dotnet/aspire-dashboard")
            .WithHttpEndpoint(name: "http", targetPort: PagePort)
            .WithHttpEndpoint(name: Otlp, targetPort: OtlpPort)
            // Only the services beside it reach that port.
            .WithEnvironment("DASHBOARD__OTLP__AUTHMODE", "Unsecured");
        dashboard.PublishAsDockerComposeService((resource, service) =>
        {
            service.Image = image.AsEnvironmentPlaceholder();
            service.Profiles.Add(Profile);
            service.Publish(resource.TargetPort("http"), page);
            LoggerNetwork.Join(service);
            service.KeepRunning();
            service.ConfinePrivileges();
        });

        var address = string.Create(CultureInfo.InvariantCulture, $"http://{Name}:{OtlpPort}");
        var endpoint = settings.AddOptional("OTEL_EXPORTER_OTLP_ENDPOINT", address,
            "Where metrics, traces and logs are sent: the dashboard above, or any collector; empty sends nothing.");
        foreach (var service in services)
        {
            service.WithEnvironment("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint)
                .WithEnvironment("OTEL_SERVICE_NAME", service.Resource.Name)
                // A dashboard that is not there must not hold up the end of a service.
                .WithEnvironment("OTEL_EXPORTER_OTLP_TIMEOUT", "1000");
        }

        return dashboard;
    }
}
