using System.Diagnostics.Metrics;
using NNTileLogger.Proxy.Certificates;

namespace NNTileLogger.Proxy;

/// <summary>The proxy's own instruments. Any thread. No tag ever holds a path, a user or an address.</summary>
internal sealed class ProxyMetrics : IDisposable
{
    /// <summary>The name of the meter, as exporters are told it.</summary>
    public const string MeterName = "NNTileLogger.Proxy";

    private readonly Meter _meter;
    private readonly Counter<long> _refused;
    private readonly Counter<long> _unavailable;

    public ProxyMetrics(IMeterFactory meters, CertificateExpiry expiry)
    {
        _meter = meters.Create(MeterName);
        _refused = _meter.CreateCounter<long>("nntile_logger.proxy.refused", "{request}", "Requests not let in, by reason.");
        _unavailable = _meter.CreateCounter<long>("nntile_logger.proxy.unavailable", "{request}", "Requests a backend did not answer.");
        _meter.CreateObservableGauge("nntile_logger.certificate.expiry", () => expiry.Days, "d", "Days the certificate in use still holds.");
    }

    public void Refused(string reason) => _refused.Add(1, new KeyValuePair<string, object?>("reason", reason));

    public void Unavailable(string backend) => _unavailable.Add(1, new KeyValuePair<string, object?>("backend", backend));

    public void Dispose() => _meter.Dispose();
}
