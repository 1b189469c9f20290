using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace NNTileLogger.AppHost.Supervision;

/// <summary>
/// Watches the resources that have a <see cref="SupervisionAnnotation"/>: starts again what ended unasked, and tells
/// the console (where a resource's own output does not show) why something stays down. One loop owns all its state.
/// </summary>
internal sealed partial class ResourceSupervisor(
    ResourceNotificationService notifications,
    ResourceCommandService commands,
    ResourceLoggerService resourceLogs,
    IHostApplicationLifetime lifetime,
    TimeProvider time,
    ILogger<ResourceSupervisor> logger) : BackgroundService
{
    private const int LastLines = 20;

    // Aspire's own lines in a resource's log that say nothing about its end.
    private static readonly string[] _noise = [" [sys] Starting process", " No custom certificate authorities"];
    private static readonly TimeSpan _logPatience = TimeSpan.FromSeconds(2);

    private readonly Dictionary<string, RestartPolicy> _policies = [];

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        // When the application stops, everything ends, and nothing of it is unasked.
        using var stopping = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken, lifetime.ApplicationStopping);
        try
        {
            await foreach (var change in notifications.WatchAsync(stopping.Token))
            {
                if (change.Resource.Annotations.OfType<SupervisionAnnotation>().LastOrDefault() is { } rules)
                {
                    Observe(change, rules, stopping.Token);
                }
            }
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
        }
    }

    private void Observe(ResourceEvent change, SupervisionAnnotation rules, CancellationToken cancellationToken)
    {
        if (!_policies.TryGetValue(change.ResourceId, out var policy))
        {
            _policies[change.ResourceId] = policy = new RestartPolicy(time, rules.FinalExitCodes);
        }

        var ending = policy.Observe(change.Snapshot.State?.Text, change.Snapshot.ExitCode);
        if (ending == Ending.Unasked && rules.Restart)
        {
            _ = RestartAsync(change, policy, policy.Delay, cancellationToken);
        }
        else if ((ending == Ending.Final && !WaitedForAFailure(change)) || (ending == Ending.Unasked && change.Snapshot.ExitCode != 0))
        {
            _ = ExplainAsync(change, rules, cancellationToken);
        }
    }

    // Its cause is explained already, and it has nothing to add.
    private bool WaitedForAFailure(ResourceEvent ended)
        => ended.Snapshot.State?.Text == KnownResourceStates.FailedToStart
            && ended.Resource.Annotations.OfType<WaitAnnotation>().Any(wait =>
                notifications.TryGetCurrentState(wait.Resource.Name, out var state)
                && (state.Snapshot.State?.Text == KnownResourceStates.FailedToStart || state.Snapshot.ExitCode is not (null or 0)));

    private async Task RestartAsync(ResourceEvent ended, RestartPolicy policy, TimeSpan delay, CancellationToken cancellationToken)
    {
        var name = ended.Resource.Name;
        var starts = policy.Starts;
        LogRestart(name, ended.Snapshot.ExitCode, delay.TotalSeconds);
        LogRestart(resourceLogs.GetLogger(ended.Resource), name, ended.Snapshot.ExitCode, delay.TotalSeconds);
        try
        {
            await Task.Delay(delay, time, cancellationToken);
            // A person may have started it in the meantime.
            if (policy.Starts == starts)
            {
                await commands.ExecuteCommandAsync(ended.ResourceId, KnownResourceCommands.StartCommand, cancellationToken);
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
        }
    }

    private async Task ExplainAsync(ResourceEvent ended, SupervisionAnnotation rules, CancellationToken cancellationToken)
    {
        var name = ended.Resource.Name;
        var how = ended.Snapshot.ExitCode is { } code && ended.Snapshot.State?.Text != KnownResourceStates.FailedToStart
            ? $"ended with exit code {code}"
            : "could not be started";
        var advice = rules.Advice ?? "It is not started again: put right what its last lines say, then start it in the dashboard or run the command again.";
        LogFailure(name, how, advice, await LastLinesAsync(ended.ResourceId, cancellationToken));
        LogFailure(resourceLogs.GetLogger(ended.Resource), name, how, advice, "");
        if (rules.AlsoTell is { } other)
        {
            LogFailure(resourceLogs.GetLogger(other), name, how, advice, "");
        }
    }

    private async Task<string> LastLinesAsync(string resourceId, CancellationToken cancellationToken)
    {
        var lines = new Queue<string>();
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        timeout.CancelAfter(_logPatience);
        try
        {
            await foreach (var batch in resourceLogs.GetAllAsync(resourceId).WithCancellation(timeout.Token))
            {
                foreach (var line in batch.Where(line => !_noise.Any(line.Content.Contains)))
                {
                    // Further lines of one entry are the stack trace of an exception of Aspire's.
                    lines.Enqueue(line.Content.Split('\n')[0]);
                    if (lines.Count > LastLines)
                    {
                        lines.Dequeue();
                    }
                }
            }
        }
        catch (OperationCanceledException)
        {
            // What arrived by now is better than nothing.
        }

        return string.Concat(lines.Select(line => "\n    " + line));
    }

    private void LogRestart(string resource, int? exitCode, double seconds) => LogRestart(logger, resource, exitCode, seconds);

    private void LogFailure(string resource, string how, string advice, string lines)
        => LogFailure(logger, resource, how, advice, lines);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Resource} ended with exit code {ExitCode}, which nobody asked for; it is started again in {Seconds} s")]
    private static partial void LogRestart(ILogger logger, string resource, int? exitCode, double seconds);

    [LoggerMessage(Level = LogLevel.Error, Message = "{Resource} {How}. {Advice}{Lines}")]
    private static partial void LogFailure(ILogger logger, string resource, string how, string advice, string lines);
}
