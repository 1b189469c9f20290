using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Microsoft.Extensions.DependencyInjection;

namespace NNTileLogger.AppHost.Tests.Support;

/// <summary>What the dashboard shows as a resource's console.</summary>
internal static class ResourceLog
{
    /// <summary>Waits for a line that contains <paramref name="text"/>, among those written already and those to come. The application has been started.</summary>
    public static async Task WaitForAsync(DistributedApplication application, string resource, string text, CancellationToken cancellationToken)
    {
        var model = application.Services.GetRequiredService<DistributedApplicationModel>();
        var logs = application.Services.GetRequiredService<ResourceLoggerService>();
        var watched = model.Resources.Single(candidate => candidate.Name == resource);
        await foreach (var lines in logs.WatchAsync(watched).WithCancellation(cancellationToken))
        {
            if (lines.Any(line => line.Content.Contains(text, StringComparison.Ordinal)))
            {
                return;
            }
        }
    }
}
