using Microsoft.Extensions.Hosting;

namespace NNTileLogger.AppHost.Compose;

/// <summary>
/// Tells whether what the application was run for went well: started without the aspire tool, Aspire logs the failure of a
/// publishing step and ends as if nothing had been.
/// </summary>
internal static class FailedSteps
{
    /// <summary>Called once the application has run.</summary>
    /// <param name="services">The host's services, taken before it ran.</param>
    /// <returns>The program's exit code.</returns>
    public static int ExitCode(IEnumerable<IHostedService> services)
        => services.OfType<BackgroundService>().Any(service => service.ExecuteTask is { IsFaulted: true }) ? 1 : 0;
}
