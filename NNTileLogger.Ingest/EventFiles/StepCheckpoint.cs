using System.Text.Json;

namespace NNTileLogger.Ingest.EventFiles;

/// <summary>
/// What steps.json of a session holds: how far each run's newest file has been taken into account, and the step of
/// each of its series. Saves a restart from reading all event files; the files themselves remain the truth.
/// <code>{"last_wall_time": 1.5e9, "runs": {"folder": {"file": "events.out...", "length": 123, "steps": {"tag": 45}}}}</code>
/// </summary>
/// <param name="LastWallTime">Of the last point taken in, seconds since the epoch; 0 where there is none.</param>
/// <param name="Runs">By folder.</param>
internal sealed record StepCheckpoint(double LastWallTime, Dictionary<string, RunSteps> Runs)
{
    public const string WallTimeMember = "last_wall_time";
    public const string RunsMember = "runs";
    public const string FileMember = "file";
    public const string LengthMember = "length";
    public const string StepsMember = "steps";

    /// <summary>Loads a session's steps; empty where there are none that can be read.</summary>
    public static StepCheckpoint Load(string session)
    {
        try
        {
            using var json = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(session, LogDirectory.StepsFile)));
            var runs = json.RootElement.GetProperty(RunsMember).EnumerateObject().ToDictionary(
                run => run.Name,
                run => new RunSteps(
                    run.Value.GetProperty(FileMember).GetString(),
                    run.Value.GetProperty(LengthMember).GetInt64(),
                    run.Value.GetProperty(StepsMember).EnumerateObject().ToDictionary(
                        step => step.Name, step => step.Value.GetInt64(), StringComparer.Ordinal)),
                StringComparer.Ordinal);
            return new StepCheckpoint(json.RootElement.GetProperty(WallTimeMember).GetDouble(), runs);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or JsonException
            or InvalidOperationException or KeyNotFoundException or FormatException or ArgumentException)
        {
            // None was saved yet, or a lost machine cut it: then all files are read instead.
            return new StepCheckpoint(0, new Dictionary<string, RunSteps>(StringComparer.Ordinal));
        }
    }
}

/// <summary>How far one run has been taken into account.</summary>
/// <param name="File">Its newest event file; null where it had none.</param>
/// <param name="Length">Bytes of that file; older files are in the steps whole.</param>
/// <param name="Steps">The last step of each tag.</param>
internal sealed record RunSteps(string? File, long Length, Dictionary<string, long> Steps);
