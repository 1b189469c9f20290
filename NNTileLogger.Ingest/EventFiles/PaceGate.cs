using System.Threading.Tasks.Sources;

namespace NNTileLogger.Ingest.EventFiles;

/// <summary>
/// Where readers wait a moment for the writer: until it is opened, no longer than a given time. Waiting allocates
/// nothing, as a client at full speed does it many times a second. Any thread.
/// </summary>
internal sealed class PaceGate : IDisposable
{
    private readonly Lock _gate = new();
    private readonly Stack<Waiter> _unused = new();
    private readonly TimeSpan _longest;
    private readonly Timer _timer;
    private List<Waiter> _waiting = [];
    private List<Waiter> _leaving = [];

    /// <param name="longest">How long a reader waits at most.</param>
    public PaceGate(TimeSpan longest)
    {
        _longest = longest;
        _timer = new Timer(static gate => ((PaceGate)gate!).Open(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Waits.</summary>
    public ValueTask WaitAsync()
    {
        lock (_gate)
        {
            if (!_unused.TryPop(out var waiter))
            {
                waiter = new Waiter(this);
            }

            _waiting.Add(waiter);
            if (_waiting.Count == 1)
            {
                _timer.Change(_longest, Timeout.InfiniteTimeSpan);
            }

            return new ValueTask(waiter, waiter.Version);
        }
    }

    /// <summary>Lets everyone go on.</summary>
    public void Open()
    {
        lock (_gate)
        {
            (_waiting, _leaving) = (_leaving, _waiting);
            foreach (var waiter in _leaving)
            {
                waiter.Leave();
            }

            _leaving.Clear();
        }
    }

    public void Dispose() => _timer.Dispose();

    private void Reuse(Waiter waiter)
    {
        lock (_gate)
        {
            _unused.Push(waiter);
        }
    }

    /// <summary>One reader's wait; awaited once.</summary>
    private sealed class Waiter(PaceGate gate) : IValueTaskSource
    {
        // Readers go on elsewhere: whoever opens the gate has other things to do.
        private ManualResetValueTaskSourceCore<bool> _core = new() { RunContinuationsAsynchronously = true };

        public short Version => _core.Version;

        public void Leave() => _core.SetResult(true);

        public void GetResult(short token)
        {
            _core.GetResult(token);
            _core.Reset();
            gate.Reuse(this);
        }

        public ValueTaskSourceStatus GetStatus(short token) => _core.GetStatus(token);

        public void OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
            _core.OnCompleted(continuation, state, token, flags);
    }
}
