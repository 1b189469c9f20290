namespace NNTileLogger.Ingest.EventFiles;

/// <summary>
/// Bounds the series of a session, and those of all sessions at hand together: each takes memory, however many clients
/// make up names. Any thread.
/// </summary>
/// <param name="ofSession">The most series of one session.</param>
/// <param name="ofAll">The most of all sessions together.</param>
internal sealed class SeriesLimit(int ofSession, int ofAll)
{
    /// <summary>So many of each session are taken even so: a training keeps its curves whoever fills the rest.</summary>
    public const int Always = 1000;

    private int _taken;

    /// <summary>Takes one more.</summary>
    /// <param name="has">How many the session has.</param>
    /// <returns>False where it may have no more.</returns>
    public bool TryTake(int has)
    {
        if (has >= ofSession)
        {
            return false;
        }

        if (Interlocked.Increment(ref _taken) > ofAll && has >= Always)
        {
            Interlocked.Decrement(ref _taken);
            return false;
        }

        return true;
    }

    /// <summary>Gives those of a session back that has left memory.</summary>
    public void Give(int count) => Interlocked.Add(ref _taken, -count);
}
