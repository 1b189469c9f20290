using Microsoft.Extensions.DependencyInjection;

namespace NNTileLogger.AppHost.Supervision;

/// <summary>What <see cref="ResourceSupervisor"/> does when the resource ends by itself.</summary>
/// <param name="Restart">Whether it is started again.</param>
/// <param name="FinalExitCodes">Exit codes after which it is not.</param>
/// <param name="Advice">What a person is told to do when it is not; null where its own last lines say it.</param>
/// <param name="AlsoTell">A resource in whose log the advice is repeated.</param>
internal sealed record SupervisionAnnotation(
    bool Restart, IReadOnlyList<int> FinalExitCodes, string? Advice = null, IResource? AlsoTell = null) : IResourceAnnotation;

/// <summary>Puts resources under supervision while the application runs; Aspire itself starts nothing again.</summary>
internal static class SupervisionExtensions
{
    private const int ConfigurationError = 1;

    public static void AddSupervision(this IDistributedApplicationBuilder builder)
    {
        if (builder.ExecutionContext.IsRunMode)
        {
            builder.Services.AddHostedService<ResourceSupervisor>();
        }
    }

    /// <summary>Starts the resource again when it ended unasked, after 1, 2, 4 ... 30 s.</summary>
    /// <param name="builder">The resource.</param>
    /// <param name="finalExitCodes">Exit codes after which it stays down; a configuration error (1) by default.</param>
    public static IResourceBuilder<T> WithRestart<T>(this IResourceBuilder<T> builder, IReadOnlyList<int>? finalExitCodes = null)
        where T : IResource
        => builder.WithAnnotation(new SupervisionAnnotation(true, finalExitCodes ?? [ConfigurationError]));

    /// <summary>Says on the console and in the dashboard what to do when a resource that is meant to end fails.</summary>
    public static IResourceBuilder<T> WithFailureAdvice<T>(this IResourceBuilder<T> builder, string advice, IResource alsoTell)
        where T : IResource
        => builder.WithAnnotation(new SupervisionAnnotation(false, [], advice, alsoTell));
}
