using YamlDotNet.Serialization;
using YamlDotNet.Serialization.NamingConventions;

namespace NNTileLogger.AppHost.Compose;

/// <summary>A docker-compose.yaml, filled by <see cref="ComposePublisher"/>; what is null or empty is not written.</summary>
internal sealed class ComposeFile
{
    public string? Name { get; set; }

    public Dictionary<string, Service> Services { get; } = [];

    public Dictionary<string, Network> Networks { get; } = [];

    public Dictionary<string, Volume> Volumes { get; } = [];

    public string ToYaml() => new SerializerBuilder()
        .WithNamingConvention(UnderscoredNamingConvention.Instance)
        // Old readers take 5001:22 for a number and "on" for a truth.
        .WithQuotingNecessaryStrings(quoteYaml1_1Strings: true)
        .ConfigureDefaultValuesHandling(DefaultValuesHandling.OmitNull | DefaultValuesHandling.OmitEmptyCollections)
        .WithIndentedSequences()
        .DisableAliases()
        .WithNewLine("\n")
        .Build()
        .Serialize(this);
}

/// <summary>A network of the file.</summary>
internal sealed class Network
{
    public string? Name { get; set; }

    public NetworkAddresses? Ipam { get; set; }
}

/// <summary>The addresses of a network.</summary>
internal sealed class NetworkAddresses
{
    public List<Subnet> Config { get; } = [];
}

/// <summary>A range of addresses.</summary>
/// <param name="Range">As in 10.0.0.0/24.</param>
internal sealed record Subnet([property: YamlMember(Alias = "subnet")] string Range);

/// <summary>A named volume.</summary>
internal sealed class Volume
{
    public string? Name { get; set; }
}
