namespace NNTileLogger.ServiceDefaults;

/// <summary>Keeps a stranger from filling the log: one message in a while, with the number of those left out. Any thread.</summary>
/// <param name="time">The clock.</param>
/// <param name="pause">How long to be silent after a message.</param>
public sealed class LogPause(TimeProvider time, TimeSpan pause)
{
    private readonly Lock _gate = new();
    private long? _last;
    private long _since;

    /// <summary>Counts occurrences that are not to be logged one by one.</summary>
    /// <param name="count">How many.</param>
    public void Add(long count)
    {
        lock (_gate)
        {
            _since += count;
        }
    }

    /// <summary>Counts an occurrence.</summary>
    /// <param name="count">Occurrences since the last message, this one included.</param>
    /// <returns>True where it should be logged.</returns>
    public bool IsOver(out long count)
    {
        lock (_gate)
        {
            count = ++_since;
            var now = time.GetTimestamp();
            if (_last is { } last && time.GetElapsedTime(last, now) < pause)
            {
                return false;
            }

            _last = now;
            _since = 0;
            return true;
        }
    }
}
