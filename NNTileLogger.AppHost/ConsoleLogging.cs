using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace NNTileLogger.AppHost;

/// <summary>Keeps the console to what a person acts on: Aspire logs each of its own requests and probes otherwise.</summary>
internal static class ConsoleLogging
{
    /// <summary>Called once from AppHost.cs; a Logging section of the configuration still overrides it.</summary>
    public static void AddConsoleLogging(this IDistributedApplicationBuilder builder)
        => builder.Services.AddLogging(logging => logging
            .AddFilter("Microsoft.AspNetCore", LogLevel.Warning)
            // Where the key of the dashboard's login cookie is kept.
            .AddFilter("Microsoft.AspNetCore.DataProtection", LogLevel.Error)
            .AddFilter("System.Net.Http.HttpClient", LogLevel.Warning)
            // A stack trace for every probe of a service that is still starting; its state is in the dashboard.
            .AddFilter("Microsoft.Extensions.Diagnostics.HealthChecks", LogLevel.None)
            .AddFilter("Aspire.Hosting.Dcp", LogLevel.Warning)
            // With an https endpoint it warns that no development certificate is trusted; none is used here.
            .AddFilter("Aspire.Hosting.Dcp.DcpHost", LogLevel.Error));
}
