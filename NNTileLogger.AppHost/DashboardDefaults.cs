using Microsoft.Extensions.Configuration;

namespace NNTileLogger.AppHost;

/// <summary>
/// Where the dashboard listens when nothing else is said: plain http on localhost, so that no certificate is needed.
/// Set in code and not in a launch profile, so that the built program behaves as <c>dotnet run</c> does.
/// </summary>
internal static class DashboardDefaults
{
    // The previous run's dashboard is gone about 3 s after its AppHost.
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(4);

    /// <summary>Fills in what neither the environment nor an argument says. Called once, before resources are added.</summary>
    public static async Task AddDashboardDefaultsAsync(this IDistributedApplicationBuilder builder)
    {
        var addresses = new (string Name, int Port)[]
        {
            ("ASPNETCORE_URLS", 15000),
            ("ASPIRE_DASHBOARD_OTLP_ENDPOINT_URL", 19000),
            ("ASPIRE_RESOURCE_SERVICE_ENDPOINT_URL", 20000),
        };
        var settings = await Task.WhenAll(addresses
            .Where(address => string.IsNullOrEmpty(builder.Configuration[address.Name]))
            .Select(async address => KeyValuePair.Create<string, string?>(address.Name, await LocalAddressAsync(address.Port))));
        builder.Configuration.AddInMemoryCollection(settings);
        builder.Configuration["ASPIRE_VERSION_CHECK_DISABLED"] ??= "true";
    }

    // A second AppHost on the machine must not fail for the sake of its dashboard.
    private static async Task<string> LocalAddressAsync(int port)
    {
        var isFree = await Ports.WaitUntilFreeAsync(port, _patience, TimeProvider.System, CancellationToken.None);
        return $"http://localhost:{(isFree ? port : Ports.AnyFree())}";
    }
}
