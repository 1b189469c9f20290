using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace NNTileLogger.AppHost;

/// <summary>
/// Where the dashboard listens when nothing else is said: plain http on localhost, so that no certificate is needed.
/// Set in code and not in a launch profile, so that the built program behaves as <c>dotnet run</c> does.
/// </summary>
internal static class DashboardDefaults
{
    /// <summary>Fills in what neither the environment nor an argument says. Called once, before resources are added.</summary>
    public static void AddDashboardDefaults(this IDistributedApplicationBuilder builder)
    {
        var defaults = new (string Name, Func<string> Value)[]
        {
            ("ASPNETCORE_URLS", () => LocalAddress(15000)),
            ("ASPIRE_DASHBOARD_OTLP_ENDPOINT_URL", () => LocalAddress(19000)),
            ("ASPIRE_RESOURCE_SERVICE_ENDPOINT_URL", () => LocalAddress(20000)),
            ("ASPIRE_VERSION_CHECK_DISABLED", () => "true"),
        };
        builder.Configuration.AddInMemoryCollection(defaults
            .Where(setting => string.IsNullOrEmpty(builder.Configuration[setting.Name]))
            .Select(setting => KeyValuePair.Create<string, string?>(setting.Name, setting.Value())));

        // The keys guard nothing but the dashboard's login on this machine; where they are kept is not for the user to act on.
        builder.Services.AddLogging(logging => logging.AddFilter("Microsoft.AspNetCore.DataProtection", LogLevel.Error));
    }

    // A second AppHost on the machine must not fail for the sake of its dashboard.
    private static string LocalAddress(int port) => $"http://localhost:{(Ports.IsFree(port) ? port : Ports.AnyFree())}";
}
