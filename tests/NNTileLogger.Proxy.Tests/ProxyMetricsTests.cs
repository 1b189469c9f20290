using System.Diagnostics.Metrics;
using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.Metrics.Testing;
using NNTileLogger.Proxy.Tests.Support;
using Xunit;

namespace NNTileLogger.Proxy.Tests;

/// <summary>The proxy's instruments, read as an exporter reads them.</summary>
public sealed class ProxyMetricsTests
{
    [Fact]
    public async Task Metrics_OfARunningProxy_TellExpiryRefusalsAndMissingBackends()
    {
        var folder = new TempFolder();
        await using var proxy = await RunningProxy.StartAsync(
            options => options with { TokenFile = folder.Write("token", "0123456789abcdef"), TensorBoard = new Uri("http://127.0.0.1:1") }, folder: folder);
        var meters = proxy.Services.GetRequiredService<IMeterFactory>();
        using var expiry = new MetricCollector<double>(meters, ProxyMetrics.MeterName, "nntile_logger.certificate.expiry");
        using var refused = new MetricCollector<long>(meters, ProxyMetrics.MeterName, "nntile_logger.proxy.refused");
        using var unavailable = new MetricCollector<long>(meters, ProxyMetrics.MeterName, "nntile_logger.proxy.unavailable");
        using var client = proxy.Client();

        using var first = await client.GetAsync("/", TestContext.Current.CancellationToken);
        client.DefaultRequestHeaders.Add("Authorization", "Bearer 0123456789abcdef");
        using var second = await client.GetAsync("/", TestContext.Current.CancellationToken);
        expiry.RecordObservableInstruments();

        Assert.Equal((HttpStatusCode.Unauthorized, HttpStatusCode.ServiceUnavailable), (first.StatusCode, second.StatusCode));
        Assert.Equal(60, expiry.LastMeasurement!.Value, 0.01);
        Assert.Equal("no_credentials", Assert.Single(refused.GetMeasurementSnapshot()).Tags["reason"]);
        Assert.Equal("tensorboard", Assert.Single(unavailable.GetMeasurementSnapshot()).Tags["backend"]);
    }
}
