namespace NNTileLogger.Ingest.EventFiles;

/// <summary>
/// What a session's files held when this server started: the last step of each series, and when the last point came.
/// From the session's checkpoint and what its event files hold beyond it.
/// </summary>
internal sealed class RestoredSteps
{
    /// <summary>Of a session that is new.</summary>
    public static readonly RestoredSteps None = new([], 0);

    private RestoredSteps(Dictionary<string, RunSteps> runs, double lastWallTime)
    {
        Runs = runs;
        LastWallTime = lastWallTime;
    }

    /// <summary>By folder.</summary>
    public Dictionary<string, RunSteps> Runs { get; }

    /// <summary>When the last point came, in seconds since the epoch; 0 where there is none.</summary>
    public double LastWallTime { get; }

    /// <summary>Points of all series.</summary>
    public long Points => Runs.Values.Sum(run => run.Steps.Values.Sum());

    /// <summary>Reads the checkpoint and the event files of a session.</summary>
    /// <exception cref="IOException">A file cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">A file must not be read.</exception>
    public static RestoredSteps Load(string session)
    {
        var (lastWallTime, runs) = StepCheckpoint.Load(session);
        var saved = runs.ToDictionary(run => run.Key, run => (run.Value.File, run.Value.Length), StringComparer.Ordinal);
        foreach (var path in LogDirectory.EventFiles(session).Order(StringComparer.Ordinal))
        {
            var folder = Path.GetRelativePath(session, Path.GetDirectoryName(path)!);
            var (file, length) = saved.GetValueOrDefault(folder);
            var order = file is null ? 1 : string.CompareOrdinal(Path.GetFileName(path), file);
            if (order < 0 || (order > 0 && !EventFileReader.IsOurs(path)))
            {
                continue;
            }

            if (!runs.TryGetValue(folder, out var run))
            {
                runs[folder] = run = new RunSteps(null, 0, new Dictionary<string, long>(StringComparer.Ordinal));
            }

            EventFileReader.Read(path, order == 0 ? length : 0, read =>
            {
                lastWallTime = Math.Max(lastWallTime, read.WallTime);
                foreach (var value in read.Summary?.Value ?? [])
                {
                    run.Steps[value.Tag] = Math.Max(run.Steps.GetValueOrDefault(value.Tag), read.Step);
                }

                return true;
            });
        }

        return new RestoredSteps(runs, lastWallTime);
    }

    /// <summary>The last step of a series; 0 where it is new.</summary>
    public long StepOf(string folder, string tag) => Runs.GetValueOrDefault(folder)?.Steps.GetValueOrDefault(tag) ?? 0;
}
