using System.Net;

namespace NNTileLogger.Proxy.Access;

/// <summary>
/// How long the answer to a wrong password or token is kept back: longer with each failure of the same address. Right
/// ones never come here: many people may share the address of one who guesses. Any thread.
/// </summary>
internal sealed class FailureDelays(TimeProvider time)
{
    /// <summary>An address without a failure for so long starts anew.</summary>
    public static readonly TimeSpan Memory = TimeSpan.FromMinutes(15);

    /// <summary>No answer is kept back longer.</summary>
    public static readonly TimeSpan Longest = TimeSpan.FromSeconds(8);

    private static readonly TimeSpan _first = TimeSpan.FromMilliseconds(250);

    private const int MostAddresses = 10_000;
    private const int MostWaiting = 1000;

    private readonly Lock _gate = new();
    private readonly Dictionary<IPAddress, (int Count, DateTimeOffset Last)> _failures = [];
    private int _waiting;

    /// <summary>Counts a failure.</summary>
    /// <returns>How long to keep its answer back.</returns>
    public TimeSpan Add(IPAddress address)
    {
        var now = time.GetUtcNow();
        var key = AddressKey.Of(address);
        lock (_gate)
        {
            var count = _failures.TryGetValue(key, out var earlier) && now - earlier.Last < Memory ? earlier.Count : 0;
            if (_failures.Count >= MostAddresses)
            {
                Forget(now);
            }

            _failures[key] = (count + 1, now);
            return count >= 5 ? Longest : _first * (1 << count);
        }
    }

    /// <summary>Waits before the answer to a failure.</summary>
    /// <returns>False where so many wait already that the connection should be closed instead.</returns>
    public async Task<bool> WaitAsync(TimeSpan delay, CancellationToken cancellation)
    {
        if (Interlocked.Increment(ref _waiting) > MostWaiting)
        {
            Interlocked.Decrement(ref _waiting);
            return false;
        }

        try
        {
            await Task.Delay(delay, time, cancellation);
            return true;
        }
        finally
        {
            Interlocked.Decrement(ref _waiting);
        }
    }

    // The table has a bound whatever comes: first the old ones go, then, under an attack from everywhere, all.
    private void Forget(DateTimeOffset now)
    {
        foreach (var key in _failures.Where(one => now - one.Value.Last >= Memory).Select(one => one.Key).ToList())
        {
            _failures.Remove(key);
        }

        if (_failures.Count >= MostAddresses)
        {
            _failures.Clear();
        }
    }
}
