using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Testing;
using Xunit;

namespace NNTileLogger.AppHost.Tests.Support;

/// <summary>The AppHost's model, built from given variables with nothing started.</summary>
internal sealed class AppHostModel
{
    private readonly IDistributedApplicationTestingBuilder _builder;

    private AppHostModel(IDistributedApplicationTestingBuilder builder) => _builder = builder;

    public IResourceCollection Resources => _builder.Resources;

    /// <summary>Runs the AppHost's own program with each variable as an argument.</summary>
    public static async Task<AppHostModel> BuildAsync(params string[] variables) => new(
        await DistributedApplicationTestingBuilder.CreateAsync<Projects.NNTileLogger_AppHost>(
            ["--DASHBOARD=0", .. variables.Select(variable => variable.Contains('=') ? "--" + variable : variable)],
            TestContext.Current.CancellationToken));

    public T Resource<T>(string name)
        where T : IResource
        => Resources.OfType<T>().Single(resource => resource.Name == name);

    public EndpointAnnotation Endpoint(string resource, string name)
        => Resource<IResourceWithEndpoints>(resource).Annotations.OfType<EndpointAnnotation>().Single(endpoint => endpoint.Name == name);

    /// <summary>The arguments as they were given, references unresolved.</summary>
    public async Task<List<object>> ArgumentsAsync(string resource)
    {
        var arguments = new List<object>();
        var context = new CommandLineArgsCallbackContext(arguments, Resource<IResource>(resource));
        foreach (var callback in Resource<IResource>(resource).Annotations.OfType<CommandLineArgsCallbackAnnotation>())
        {
            await callback.Callback(context);
        }

        return arguments;
    }

    /// <summary>The environment variables as they were given, references unresolved.</summary>
    public async Task<Dictionary<string, object>> EnvironmentAsync(string resource)
    {
        var variables = new Dictionary<string, object>();
        var context = new EnvironmentCallbackContext(_builder.ExecutionContext, Resource<IResource>(resource), variables);
        foreach (var callback in Resource<IResource>(resource).Annotations.OfType<EnvironmentCallbackAnnotation>())
        {
            await callback.Callback(context);
        }

        return variables;
    }

    /// <summary>The URLs of a resource as the dashboard is given them, one for each endpoint, once all who change them have done so.</summary>
    public async Task<List<ResourceUrlAnnotation>> UrlsAsync(string resource)
    {
        var owner = Resource<IResourceWithEndpoints>(resource);
        var urls = owner.GetEndpoints().Select(endpoint => new ResourceUrlAnnotation { Url = $"{endpoint.EndpointName}:", Endpoint = endpoint }).ToList();
        var context = new ResourceUrlsCallbackContext(_builder.ExecutionContext, owner, urls, TestContext.Current.CancellationToken);
        foreach (var callback in owner.Annotations.OfType<ResourceUrlsCallbackAnnotation>())
        {
            await callback.Callback(context);
        }

        return urls;
    }
}
