using System.Globalization;
using NNTileLogger.AppHost.Compose;

namespace NNTileLogger.AppHost.Deployment;

/// <summary>A limit of processors and one of memory.</summary>
internal sealed record Limits(IResourceBuilder<ParameterResource> Cpus, IResourceBuilder<ParameterResource> Memory);

/// <summary>
/// What people may set of the published application: the parameters of the model, in the order in which its .env lists
/// them. Made once, while the model is built for publishing; defaults are the values the AppHost itself was given.
/// </summary>
internal sealed class Settings(IDistributedApplicationBuilder builder)
{
    /// <summary>Adds a variable.</summary>
    /// <param name="name">Its name in the .env.</param>
    /// <param name="value">Its value until somebody changes it.</param>
    /// <param name="description">Lines for a person; null where those of the variable before it say it all.</param>
    public IResourceBuilder<ParameterResource> Add(string name, string value, string? description = null)
    {
        var parameter = builder.AddParameter(ResourceName(name), value, publishValueAsDefault: true);
        return description is null ? parameter : parameter.WithDescription(description);
    }

    /// <summary>Adds a variable that may be set to nothing, which is not its default.</summary>
    public IResourceBuilder<ParameterResource> AddOptional(string name, string value, string description)
    {
        var parameter = Add(name, value, description);
        return parameter.WithAnnotation(new MayBeEmptyAnnotation());
    }

    /// <summary>Adds the host's port for an endpoint.</summary>
    public IResourceBuilder<ParameterResource> AddPort(string name, int? port, string? description = null)
        => Add(name, (port ?? 0).ToString(CultureInfo.InvariantCulture), description);

    /// <summary>Adds variables that a service reads and checks itself; where they are not set it takes its own default.</summary>
    public IReadOnlyDictionary<string, IResourceBuilder<ParameterResource>> AddHandedOn(
        IEnumerable<string> names, IReadOnlyDictionary<string, string> values, string description)
    {
        var variables = new Dictionary<string, IResourceBuilder<ParameterResource>>();
        foreach (var name in names)
        {
            variables[name] = Add(name, values.GetValueOrDefault(name, ""), variables.Count == 0 ? description : null);
        }

        return variables;
    }

    /// <summary>Adds what a service may use at most.</summary>
    public Limits AddLimits(string service, string cpus, string memory, string? description = null)
        => new(Add(service + "_CPUS", cpus, description), Add(service + "_MEMORY", memory));

    private static string ResourceName(string variable) => variable.Replace('_', '-').ToLowerInvariant();
}
