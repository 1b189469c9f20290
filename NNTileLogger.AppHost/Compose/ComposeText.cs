using System.Globalization;

namespace NNTileLogger.AppHost.Compose;

/// <summary>
/// Turns values of the model into text of a compose file: what is known only when the containers run becomes a name or a
/// placeholder. Used by <see cref="ComposePublisher"/> and by those who configure services.
/// </summary>
internal static class ComposeText
{
    /// <summary>The variable of a parameter in the .env: split-hours is SPLIT_HOURS.</summary>
    public static string VariableName(this ParameterResource parameter)
        => parameter.Name.Replace('-', '_').ToUpperInvariant();

    /// <summary>The parameter's value until somebody changes it in the .env.</summary>
    public static string DefaultText(this ParameterResource parameter) => parameter.Default?.GetDefaultValue() ?? "";

    /// <summary>
    /// The parameter as compose fills it in. Its default stands there too: the file works without its .env. Set to
    /// nothing it takes the default again, unless it <see cref="MayBeEmptyAnnotation">may be empty</see>.
    /// </summary>
    public static string AsEnvironmentPlaceholder(this ParameterResource parameter)
    {
        var mayBeEmpty = parameter.Annotations.OfType<MayBeEmptyAnnotation>().Any();
        return $"${{{parameter.VariableName()}{(mayBeEmpty ? "-" : ":-")}{parameter.DefaultText()}}}";
    }

    /// <inheritdoc cref="AsEnvironmentPlaceholder(ParameterResource)"/>
    public static string AsEnvironmentPlaceholder(this IResourceBuilder<ParameterResource> parameter)
        => parameter.Resource.AsEnvironmentPlaceholder();

    /// <summary>Any value of an environment variable or an argument.</summary>
    /// <param name="value">As the model has it, unresolved.</param>
    /// <param name="portOf">The port that an endpoint has inside its container.</param>
    /// <exception cref="NotSupportedException">There is no text for it.</exception>
    public static string Of(object value, Func<EndpointReference, int> portOf) => value switch
    {
        string text => text.Replace("$", "$$", StringComparison.Ordinal),
        ParameterResource parameter => parameter.AsEnvironmentPlaceholder(),
        IResourceBuilder<ParameterResource> parameter => parameter.Resource.AsEnvironmentPlaceholder(),
        EndpointReference endpoint => Property(endpoint, EndpointProperty.Url, portOf),
        EndpointReferenceExpression expression => Property(expression.Endpoint, expression.Property, portOf),
        ReferenceExpression expression => string.Format(
            CultureInfo.InvariantCulture,
            expression.Format,
            [.. expression.ValueProviders.Select(provider => Of(provider, portOf))]),
        IFormattable number => number.ToString(null, CultureInfo.InvariantCulture),
        _ => throw new NotSupportedException(
            $"A {value.GetType().Name} cannot be written to a compose file; give the resource a text, a parameter or an endpoint."),
    };

    private static string Property(EndpointReference endpoint, EndpointProperty property, Func<EndpointReference, int> portOf)
    {
        var host = endpoint.Resource.Name;
        var port = portOf(endpoint).ToString(CultureInfo.InvariantCulture);
        return property switch
        {
            EndpointProperty.Url => $"{endpoint.Scheme}://{host}:{port}",
            EndpointProperty.Host or EndpointProperty.IPV4Host => host,
            EndpointProperty.Port or EndpointProperty.TargetPort => port,
            EndpointProperty.HostAndPort => $"{host}:{port}",
            EndpointProperty.Scheme => endpoint.Scheme,
            _ => throw new NotSupportedException($"{property} of {host}'s endpoint {endpoint.EndpointName} cannot be written to a compose file."),
        };
    }
}

/// <summary>On a parameter that means something when it is set to nothing.</summary>
internal sealed class MayBeEmptyAnnotation : IResourceAnnotation;
