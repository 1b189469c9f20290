using YamlDotNet.Serialization;

namespace NNTileLogger.AppHost.Compose;

/// <summary>A service of a <see cref="ComposeFile"/>, its members in the order in which they are written.</summary>
internal sealed class Service
{
    public string? Image { get; set; }

    public ServiceBuild? Build { get; set; }

    public List<string> Profiles { get; set; } = [];

    public string? User { get; set; }

    public bool? Init { get; set; }

    public List<string> Command { get; set; } = [];

    public Dictionary<string, string> Environment { get; set; } = [];

    public List<string> Ports { get; set; } = [];

    public List<string> Expose { get; set; } = [];

    public List<ServiceVolume> Volumes { get; set; } = [];

    public Dictionary<string, ServiceNetwork> Networks { get; set; } = [];

    public Dictionary<string, ServiceDependency> DependsOn { get; set; } = [];

    public Healthcheck? Healthcheck { get; set; }

    public string? Restart { get; set; }

    public string? StopGracePeriod { get; set; }

    public bool? ReadOnly { get; set; }

    public List<string> Tmpfs { get; set; } = [];

    public List<string> CapDrop { get; set; } = [];

    public List<string> SecurityOpt { get; set; } = [];

    public ServiceDeploy? Deploy { get; set; }
}

/// <summary>How an image is made.</summary>
/// <param name="Context">The folder.</param>
/// <param name="Dockerfile">Relative to it.</param>
internal sealed record ServiceBuild(string Context, string Dockerfile);

/// <summary>A mount.</summary>
internal sealed class ServiceVolume
{
    public required string Type { get; init; }

    public required string Source { get; init; }

    public required string Target { get; init; }

    public bool? ReadOnly { get; init; }

    public BindOptions? Bind { get; init; }
}

/// <summary>Of a mount of a folder of the host.</summary>
/// <param name="CreateHostPath">Whether a folder that is not there is made, by root.</param>
internal sealed record BindOptions(bool CreateHostPath);

/// <summary>A service's place in a network.</summary>
/// <param name="Ipv4Address">Its address there; null for any.</param>
internal sealed record ServiceNetwork([property: YamlMember(Alias = "ipv4_address")] string? Ipv4Address);

/// <summary>What a service waits for.</summary>
/// <param name="Condition">A state of the other.</param>
internal sealed record ServiceDependency(string Condition);

/// <summary>How the engine sees whether a service is well.</summary>
internal sealed class Healthcheck
{
    public required List<string> Test { get; init; }

    public required string Interval { get; init; }

    public required string Timeout { get; init; }

    public required int Retries { get; init; }

    public required string StartPeriod { get; init; }
}

/// <summary>What a service may use.</summary>
/// <param name="Resources">Its limits.</param>
internal sealed record ServiceDeploy(ServiceResources Resources);

/// <summary>Limits and reservations.</summary>
/// <param name="Limits">At most so much.</param>
internal sealed record ServiceResources(ServiceLimits Limits);

/// <summary>Limits.</summary>
/// <param name="Cpus">Processors, fractions allowed.</param>
/// <param name="Memory">As in 512m.</param>
internal sealed record ServiceLimits(string Cpus, string Memory);
