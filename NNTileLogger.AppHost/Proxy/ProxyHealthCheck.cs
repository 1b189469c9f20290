using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace NNTileLogger.AppHost.Proxy;

/// <summary>
/// Asks the proxy's <c>/health</c> over its own TLS port, whoever its certificate is made for; one for the application, asked
/// every few seconds by Aspire.
/// </summary>
internal sealed class ProxyHealthCheck(Func<EndpointReference> endpoint) : IHealthCheck, IDisposable
{
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(5);
    private readonly HttpClient _http = new(new SocketsHttpHandler
    {
        UseProxy = false,
        SslOptions =
        {
            // It is this program's own child, asked on this machine, and nothing secret is sent.
            RemoteCertificateValidationCallback = (_, certificate, _, _) => certificate is not null,
        },
    })
    {
        Timeout = _patience,
    };

    public void Dispose() => _http.Dispose();

    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        var proxy = endpoint();
        if (!proxy.IsAllocated)
        {
            return HealthCheckResult.Unhealthy("the proxy has no port yet");
        }

        try
        {
            using var answer = await _http.GetAsync(new Uri(new Uri(proxy.Url), "/health"), cancellationToken);
            return answer.IsSuccessStatusCode
                ? HealthCheckResult.Healthy()
                : HealthCheckResult.Unhealthy($"the proxy's /health answers {(int)answer.StatusCode}");
        }
        catch (Exception e) when (e is HttpRequestException or TaskCanceledException && !cancellationToken.IsCancellationRequested)
        {
            return HealthCheckResult.Unhealthy($"the proxy does not answer: {e.Message}");
        }
    }
}
