using System.Text.Json.Serialization;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using NNTileLogger.Proxy.Certificates;
using NNTileLogger.Proxy.Files;
using NNTileLogger.Proxy.Forwarding;

namespace NNTileLogger.Proxy;

/// <summary>
/// Health of the proxy: it works (200) as long as it answers, and is degraded where a person should act or a backend is
/// away. What it says is open to all, so it names no path, address or user.
/// </summary>
internal sealed class ProxyHealth(CertificateExpiry expiry, IEnumerable<ReloadedFile> files, BackendProbe probe) : IHealthCheck
{
    private const string BackendsKey = "backends";
    private const string Up = "up";

    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        var states = await probe.StatesAsync(cancellationToken);
        string[] reasons =
        [
            .. expiry.Notice is { } notice ? [notice + "."] : (string[])[],
            .. files.Select(file => file.Problem).OfType<string>(),
            .. states.Where(state => state.Value != Up).Select(state => $"{state.Key}: {state.Value}."),
        ];
        var data = new Dictionary<string, object> { [BackendsKey] = states, [nameof(ProxyHealthAnswer.Reasons)] = reasons };
        return reasons.Length == 0 ? HealthCheckResult.Healthy(data: data) : HealthCheckResult.Degraded(reasons[0], data: data);
    }

    /// <summary>Writes the body of <c>/health</c>.</summary>
    public static Task WriteAsync(HttpContext context, HealthReport report)
    {
        var data = report.Entries.Values.Single(entry => entry.Data.ContainsKey(BackendsKey)).Data;
        var expiry = context.RequestServices.GetRequiredService<CertificateExpiry>();
        var certificate = new CertificateAnswer(Math.Round(expiry.Days, 2), expiry.Certificate.NotAfter);
        var answer = new ProxyHealthAnswer(
            report.Status.ToString(),
            (string[])data[nameof(ProxyHealthAnswer.Reasons)],
            certificate,
            (IReadOnlyDictionary<string, string>)data[BackendsKey]);
        return context.Response.WriteAsJsonAsync(answer, ProxyHealthJson.Default.ProxyHealthAnswer);
    }
}

/// <summary>The body of <c>/health</c>.</summary>
/// <param name="Status">Healthy, Degraded or Unhealthy.</param>
/// <param name="Reasons">What is wrong, in words.</param>
/// <param name="Certificate">The certificate in use.</param>
/// <param name="Backends">The state of each service behind.</param>
internal sealed record ProxyHealthAnswer(
    string Status, string[] Reasons, CertificateAnswer Certificate, IReadOnlyDictionary<string, string> Backends);

/// <summary>The certificate in use.</summary>
/// <param name="DaysToExpiry">Days it still holds; negative once it has expired.</param>
/// <param name="NotAfter">When it expires.</param>
internal sealed record CertificateAnswer(double DaysToExpiry, DateTimeOffset NotAfter);

/// <summary>JSON of <c>/health</c>, generated so that nothing is found by reflection.</summary>
[JsonSerializable(typeof(ProxyHealthAnswer))]
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
internal sealed partial class ProxyHealthJson : JsonSerializerContext;
