using NNTileLogger.AppHost.Compose;

namespace NNTileLogger.AppHost.Deployment;

/// <summary>
/// The network of the published services. Its name is fixed, so that a Jupyter of another compose project can join it, and
/// the logger has a fixed address in it, since NNTile's client takes no names.
/// </summary>
/// <param name="Address">The variable with the logger's address.</param>
internal sealed record LoggerNetwork(IResourceBuilder<ParameterResource> Address)
{
    private const string Name = "nntile-logger";

    public static LoggerNetwork Add(IResourceBuilder<DockerComposeEnvironmentResource> environment, Settings settings)
    {
        var subnet = settings.Add("LOGGER_SUBNET", "172.28.77.0/24",
            "The network of the services, and in it the logger's fixed address, for clients that take no names. Where another\n"
            + "network of this machine has the range, change both together: the address must be inside, and not be the first.");
        var address = settings.Add("LOGGER_ADDRESS", "172.28.77.250");
        environment.ConfigureComposeFile(file => file.Networks[Name] = new Network
        {
            Name = Name,
            Ipam = new NetworkAddresses { Config = { new Subnet(subnet.AsEnvironmentPlaceholder()) } },
        });
        return new LoggerNetwork(address);
    }

    public static void Join(Service service) => service.Networks[Name] = new ServiceNetwork(null);

    public void JoinAtAddress(Service service) => service.Networks[Name] = new ServiceNetwork(Address.AsEnvironmentPlaceholder());
}
