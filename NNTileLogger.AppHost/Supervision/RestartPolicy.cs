namespace NNTileLogger.AppHost.Supervision;

/// <summary>What is to be done about a resource that has just ended.</summary>
internal enum Ending
{
    /// <summary>Somebody stopped it.</summary>
    Asked,

    /// <summary>It ended by itself and is started again after the policy's delay.</summary>
    Unasked,

    /// <summary>It ended by itself, and another start would end the same way.</summary>
    Final,
}

/// <summary>
/// Decides for one resource, from the states it passes through, whether and when it is started again.
/// Owned by <see cref="ResourceSupervisor"/>'s loop; it starts nothing itself.
/// </summary>
internal sealed class RestartPolicy(TimeProvider time, IReadOnlyCollection<int> finalExitCodes)
{
    /// <summary>After so long a run an ending counts as the first one again.</summary>
    public static readonly TimeSpan Stable = TimeSpan.FromMinutes(1);

    private static readonly TimeSpan _firstDelay = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan _longestDelay = TimeSpan.FromSeconds(30);

    private int _starts;
    private string? _state;
    private bool _stopSeen;
    private long _running;
    private TimeSpan _nextDelay = _firstDelay;

    /// <summary>How long to wait before the next start; valid after <see cref="Ending.Unasked"/>.</summary>
    public TimeSpan Delay { get; private set; }

    /// <summary>How often it has been started, by whomever; may be read from any thread.</summary>
    public int Starts => Volatile.Read(ref _starts);

    /// <summary>Takes in a state of the resource.</summary>
    /// <returns>What is to be done if the resource has ended with this state; null for any other state.</returns>
    public Ending? Observe(string? state, int? exitCode)
    {
        var changed = state != _state;
        _state = state;
        if (!changed)
        {
            return null;
        }

        if (state == KnownResourceStates.Starting || state == KnownResourceStates.Running)
        {
            _stopSeen = false;
            _running = time.GetTimestamp();
            Interlocked.Add(ref _starts, state == KnownResourceStates.Starting ? 1 : 0);
            return null;
        }

        // A process that is told to stop passes through this state, one that dies does not.
        if (state == KnownResourceStates.Stopping)
        {
            _stopSeen = true;
            return null;
        }

        if (state == KnownResourceStates.FailedToStart)
        {
            return Ending.Final;
        }

        if (state != KnownResourceStates.Exited && state != KnownResourceStates.Finished)
        {
            return null;
        }

        if (_stopSeen)
        {
            _nextDelay = _firstDelay;
            return Ending.Asked;
        }

        if (exitCode is { } code && finalExitCodes.Contains(code))
        {
            return Ending.Final;
        }

        Delay = time.GetElapsedTime(_running) >= Stable ? _firstDelay : _nextDelay;
        _nextDelay = Delay * 2 < _longestDelay ? Delay * 2 : _longestDelay;
        return Ending.Unasked;
    }
}
