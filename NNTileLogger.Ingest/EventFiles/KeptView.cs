namespace NNTileLogger.Ingest.EventFiles;

/// <summary>The runs of a set while nothing changes them; disposed by the thread that got it from <see cref="RunSet.Look"/>.</summary>
internal readonly ref struct KeptView(RunSet set, Lock keptGate) : IDisposable
{
    /// <summary>The runs, with their series and what is kept of them.</summary>
    public IReadOnlyCollection<RunWriter> Runs => set.Runs;

    /// <summary>Gives up what is kept.</summary>
    public void ClearKept()
    {
        foreach (var run in set.Runs)
        {
            foreach (var series in run.Series)
            {
                series.Kept.Clear();
            }
        }
    }

    public void Dispose()
    {
        keptGate.Exit();
        set.Gate.Exit();
    }
}
