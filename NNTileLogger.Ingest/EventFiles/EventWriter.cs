using System.Diagnostics;

namespace NNTileLogger.Ingest.EventFiles;

/// <summary>
/// Writes what the runs of all sessions hold to their files, on one thread: a run with much at once, all others at
/// most <see cref="FlushDelay"/> after a point was taken in. A run that cannot be written keeps its points and is
/// tried again every second, while the others go on; a write that does not return is left to its thread, and another
/// one takes over.
/// </summary>
internal sealed partial class EventWriter : IDisposable
{
    /// <summary>Half of the 100 ms within which a point is in its file; writing all dirty runs takes time too.</summary>
    public static readonly TimeSpan FlushDelay = TimeSpan.FromMilliseconds(50);

    // A session with a hundred thousand new runs must not keep the others waiting.
    private static readonly TimeSpan _longestTurn = TimeSpan.FromMilliseconds(20);

    private readonly WriteQueue _queue = new(FlushDelay);
    private readonly RunFileWriter _files;
    private readonly PointBuffer _buffer;
    private readonly WriteHealth _health;
    private readonly IngestMetrics _metrics;
    private readonly TimeProvider _time;
    private readonly ILogger<EventWriter> _logger;
    private readonly WriteRoom _room;
    private readonly WriteThreads _threads;

    public EventWriter(RunFileWriter files, PointBuffer buffer, WriteHealth health, IngestMetrics metrics, TimeProvider time, ILogger<EventWriter> logger)
    {
        _files = files;
        _buffer = buffer;
        _health = health;
        _metrics = metrics;
        _time = time;
        _logger = logger;
        _room = new WriteRoom(files, buffer, _queue, health, metrics);
        _threads = new WriteThreads(_queue, Do, MakeRoomWhereFull, files.PathOf, health);
    }

    /// <summary>Has a set written within <see cref="FlushDelay"/>.</summary>
    public void ScheduleSoon(RunSet set) => _queue.AddSoon(set);

    /// <summary>Has the runs of a set that hold much written at once.</summary>
    public void ScheduleNow(RunSet set) => _queue.AddUrgent(set);

    /// <summary>Writes all that a set holds now; what cannot be written stays in memory and is tried again.</summary>
    /// <param name="set">The set.</param>
    /// <param name="close">Whether its files are closed afterwards.</param>
    public Task FlushAsync(RunSet set, bool close)
    {
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _queue.Add(set, done, close);
        return done.Task;
    }

    /// <summary>Has room made for new points where points that cannot be written take all of it.</summary>
    public void MakeRoom() => _queue.Wake();

    /// <summary>Writes what is left, tries once more what failed, and ends the thread.</summary>
    /// <param name="longest">How long that may take.</param>
    public void End(TimeSpan longest)
    {
        _queue.Stop();
        if (!_threads.Join(longest))
        {
            LogNotEnded(_logger);
        }
    }

    public void Dispose()
    {
        _queue.Stop();
        _threads.Dispose();
    }

    // False where the thread was replaced meanwhile: its successor goes on with the job.
    private bool Do(WriteJob job, WriteThread thread)
    {
        var start = Stopwatch.GetTimestamp();
        while (job.TryNextRun(out var run))
        {
            if (run!.IsFailing && job.Retry is null)
            {
                continue;
            }

            thread.Begin(job.Set, run);
            var wrote = Write(run, thread.Records);
            if (!thread.End())
            {
                return false;
            }

            if (wrote)
            {
                CloseAgainWhereEnded(job, run);
            }

            if (job.Count > 0 && Stopwatch.GetElapsedTime(start) > _longestTurn && _queue.HasReady)
            {
                _queue.Add(job);
                return true;
            }
        }

        for (var step = job.NextStep(); step != WriteStep.None; step = job.NextStep())
        {
            thread.Begin(job.Set, null);
            Do(step, job);
            if (!thread.End())
            {
                return false;
            }
        }

        job.Done?.TrySetResult();
        _queue.Return(job);
        return true;
    }

    private void Do(WriteStep step, WriteJob job)
    {
        switch (step)
        {
            case WriteStep.SaveState:
                SaveState(job.Set);
                break;
            case WriteStep.SaveSteps:
                _files.SaveStepsWhereDue(job.Set);
                break;
            case WriteStep.Close when job.Close:
                _files.Close(job.Set);
                job.Set.IsClosed = true;
                break;
        }
    }

    // A run that could not be written when its session ended is written later, into a file opened for just that.
    private void CloseAgainWhereEnded(WriteJob job, RunWriter run)
    {
        if (job.Retry is null)
        {
            job.Set.IsClosed = false;
        }
        else if (job.Set.IsClosed)
        {
            _files.Close(run);
        }
    }

    // True where all the run held is in its file.
    private bool Write(RunWriter run, RecordBuffer buffer)
    {
        Chunk? chunk;
        lock (run.Owner.WriteGate)
        {
            chunk = run.BeginWrite();
        }

        if (chunk is null)
        {
            if (run.IsFailing && run.OldestSince is null)
            {
                // All it held was given up: the next point finds out whether writing works again.
                run.IsFailing = false;
                _health.Recovered();
            }

            return false;
        }

        var (points, bytes) = (0L, 0L);
        var start = _time.GetTimestamp();
        var now = start;
        try
        {
            while (chunk is not null)
            {
                run.Owner.Keep(run, chunk);
                var records = buffer.Fill(run, chunk);
                _files.Write(run, records, now);
                points += chunk.Points;
                bytes += records.Length;
                now = _time.GetTimestamp();
                _metrics.InFile(_time.GetElapsedTime(chunk.Since, now));
                chunk = Advance(run, chunk);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Fail(run, e);
        }

        _metrics.Written(points, bytes, _time.GetElapsedTime(start, now));
        return chunk is null;
    }

    private Chunk? Advance(RunWriter run, Chunk written)
    {
        var wasFailing = run.IsFailing;
        Chunk? next;
        lock (run.Owner.WriteGate)
        {
            next = run.Advance();
        }

        _buffer.Return(written);
        if (wasFailing && !run.IsFailing)
        {
            _health.Recovered();
        }

        return next;
    }

    private void Fail(RunWriter run, Exception reason)
    {
        if (!run.IsFailing)
        {
            _health.Failed(_files.PathOf(run.Owner, run), reason.Message);
        }

        lock (run.Owner.WriteGate)
        {
            run.Fail();
        }

        _queue.AddRetry(run.Owner, run);
    }

    private void SaveState(RunSet set)
    {
        try
        {
            set.Place.SaveWhereChanged();
            if (set.IsStateFailing)
            {
                set.IsStateFailing = false;
                _health.Recovered();
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            if (!set.IsStateFailing)
            {
                set.IsStateFailing = true;
                _health.Failed(_files.PathOf(set, null), e.Message);
            }

            _queue.AddRetry(set, run: null);
        }
    }

    private void MakeRoomWhereFull() => _room.MakeWhereFull(_threads);

    [LoggerMessage(Level = LogLevel.Error, Message = "A write to the log directory does not return: what is still in memory is lost with this process.")]
    private static partial void LogNotEnded(ILogger logger);
}
