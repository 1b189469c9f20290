using Microsoft.Extensions.Diagnostics.HealthChecks;
using NNTileLogger.Ingest.EventFiles;

namespace NNTileLogger.Ingest;

/// <summary>Ready when clients can connect and what they send can be kept. Any thread.</summary>
internal sealed class IngestHealth(IngestServer server, LogDirectory directory, WriteHealth writes, TimeProvider time) : IHealthCheck
{
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(2);

    private readonly Lock _gate = new();
    private Task? _probe;

    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        if (!server.IsListening)
        {
            return HealthCheckResult.Unhealthy("the port for clients is not open");
        }

        if (writes.Reason is { } reason)
        {
            return HealthCheckResult.Unhealthy(reason);
        }

        try
        {
            await Probe().WaitAsync(_patience, time, cancellationToken);
            return HealthCheckResult.Healthy();
        }
        catch (TimeoutException)
        {
            return HealthCheckResult.Unhealthy($"{directory.Path} has not answered a write for {_patience.TotalSeconds:0} s");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return HealthCheckResult.Unhealthy($"cannot write to {directory.Path}: {e.Message}");
        }
    }

    // One at a time, whoever asks: a disk that does not answer must not take a thread for each question.
    private Task Probe()
    {
        lock (_gate)
        {
            return _probe is { IsCompleted: false } ? _probe : _probe = Task.Run(directory.ProbeWritable);
        }
    }
}
