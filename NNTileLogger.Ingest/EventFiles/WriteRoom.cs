namespace NNTileLogger.Ingest.EventFiles;

/// <summary>
/// Makes room for new points where points that cannot be written take all the memory there is for them (BUFFER_MB): the
/// oldest are given up and counted. Called by the writer threads, and by their watch.
/// </summary>
internal sealed class WriteRoom(RunFileWriter files, PointBuffer buffer, WriteQueue queue, WriteHealth health, IngestMetrics metrics)
{
    /// <summary>
    /// Gives up points that cannot be written, the oldest first, and only past the limit. Points that are merely waiting
    /// for a slow disk make the readers wait instead.
    /// </summary>
    /// <param name="threads">Tells which writes do not return.</param>
    public void MakeWhereFull(WriteThreads threads)
    {
        if (!buffer.IsFull || health.Reason is null)
        {
            return;
        }

        var waiting = threads.AllHang ? queue.WaitingSets().SelectMany(set => set.SnapshotRuns()) : [];
        var oldestFirst = new PriorityQueue<RunWriter, long>();
        foreach (var run in queue.FailingRuns().Concat(threads.HangingRuns()).Concat(waiting).Distinct())
        {
            if (run.OldestSince is { } since)
            {
                oldestFirst.Enqueue(run, since);
            }
        }

        while (buffer.IsFull && oldestFirst.TryDequeue(out var run, out _))
        {
            if (TryDropOldest(run) && run.OldestSince is { } next)
            {
                oldestFirst.Enqueue(run, next);
            }
        }
    }

    private bool TryDropOldest(RunWriter run)
    {
        var dropped = run.Owner.DropOldest(run, out var isNext);
        if (dropped is null)
        {
            return false;
        }

        var (through, bytes) = isNext ? files.Abandon(run, dropped) : default;
        metrics.WrittenInPart(through, bytes);
        metrics.Dropped(dropped.Points - through);
        health.Dropped(dropped.Points - through);
        buffer.Return(dropped);
        return true;
    }
}
