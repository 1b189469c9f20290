namespace NNTileLogger.Ingest.History;

/// <summary>
/// Whether anybody looks at the history: while nobody does, nothing is read for it but what was there at the start, and
/// ingest has the machine for itself. Any thread.
/// </summary>
internal sealed class Attention(TimeProvider time)
{
    /// <summary>So long it lasts: TensorBoard's page reloads every 30 s at the soonest.</summary>
    private static readonly TimeSpan _span = TimeSpan.FromMinutes(2);

    /// <summary>Who looks after nobody did is not shown at once what is old; gigabytes are not waited for.</summary>
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(2);

    private long _until = long.MinValue;
    private volatile TaskCompletionSource _ready = Settled();
    private volatile Task _waited = Task.CompletedTask;

    /// <summary>Raised when somebody looks after nobody did.</summary>
    public event Action? Begins;

    /// <summary>True while somebody looks.</summary>
    public bool IsPaid => time.GetTimestamp() < Interlocked.Read(ref _until);

    /// <summary>To be completed when what has changed while nobody looked is known. The loader takes it before it looks.</summary>
    public TaskCompletionSource Ready => _ready;

    /// <summary>Notes that somebody asks.</summary>
    public void Asked()
    {
        var now = time.GetTimestamp();
        if (Interlocked.Exchange(ref _until, now + (long)(_span.TotalSeconds * time.TimestampFrequency)) <= now)
        {
            var ready = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            // One wait for all who ask meanwhile: after it they are served what there is, however long the rest takes.
            _waited = Task.WhenAny(ready.Task, Task.Delay(_patience, time));
            _ready = ready;
            Begins?.Invoke();
        }
    }

    /// <summary>The same, and waits a little until what has changed while nobody looked is known.</summary>
    /// <param name="gone">Set when nobody waits any more.</param>
    public async ValueTask AskedAsync(CancellationToken gone)
    {
        Asked();
        var waited = _waited;
        if (!waited.IsCompleted)
        {
            await waited.WaitAsync(gone).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private static TaskCompletionSource Settled()
    {
        var settled = new TaskCompletionSource();
        settled.SetResult();
        return settled;
    }
}
