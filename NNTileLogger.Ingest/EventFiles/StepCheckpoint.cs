using System.Buffers;
using System.Text;
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
    private const string WallTime = "last_wall_time";
    private const string RunsMember = "runs";
    private const string File = "file";
    private const string Length = "length";
    private const string Steps = "steps";

    /// <summary>Saves a session's steps. Called on the writer thread, which knows the lengths.</summary>
    public static void Save(string session, RunSet set)
    {
        Dictionary<string, RunSteps> runs;
        double lastWallTime;
        lock (set.Gate)
        {
            lastWallTime = set.LastWallTime;
            runs = new Dictionary<string, RunSteps>(set.Restored.Runs, StringComparer.Ordinal);
            foreach (var run in set.Runs)
            {
                var steps = new Dictionary<string, long>(
                    runs.GetValueOrDefault(run.Folder)?.Steps ?? [], StringComparer.Ordinal);
                foreach (var series in run.Series)
                {
                    steps[Encoding.UTF8.GetString(series.Tag)] = series.Step;
                }

                var file = run.File is { } open
                    ? (Path.GetFileName(open.Path), open.Length)
                    : (runs.GetValueOrDefault(run.Folder)?.File, runs.GetValueOrDefault(run.Folder)?.Length ?? 0);
                runs[run.Folder] = new RunSteps(file.Item1, file.Item2, steps);
            }
        }

        var json = new ArrayBufferWriter<byte>();
        Write(json, lastWallTime, runs);
        SideFile.Write(Path.Combine(session, LogDirectory.StepsFile), json.WrittenSpan);
    }

    /// <summary>Loads a session's steps; empty where there are none that can be read.</summary>
    public static StepCheckpoint Load(string session)
    {
        try
        {
            using var json = JsonDocument.Parse(System.IO.File.ReadAllBytes(Path.Combine(session, LogDirectory.StepsFile)));
            var runs = json.RootElement.GetProperty(RunsMember).EnumerateObject().ToDictionary(
                run => run.Name,
                run => new RunSteps(
                    run.Value.GetProperty(File).GetString(),
                    run.Value.GetProperty(Length).GetInt64(),
                    run.Value.GetProperty(Steps).EnumerateObject().ToDictionary(
                        step => step.Name, step => step.Value.GetInt64(), StringComparer.Ordinal)),
                StringComparer.Ordinal);
            return new StepCheckpoint(json.RootElement.GetProperty(WallTime).GetDouble(), runs);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or JsonException
            or InvalidOperationException or KeyNotFoundException or FormatException or ArgumentException)
        {
            // None was saved yet, or a lost machine cut it: then all files are read instead.
            return new StepCheckpoint(0, new Dictionary<string, RunSteps>(StringComparer.Ordinal));
        }
    }

    private static void Write(ArrayBufferWriter<byte> to, double lastWallTime, Dictionary<string, RunSteps> runs)
    {
        using var json = new Utf8JsonWriter(to);
        json.WriteStartObject();
        json.WriteNumber(WallTime, lastWallTime);
        json.WriteStartObject(RunsMember);
        foreach (var (folder, run) in runs)
        {
            json.WriteStartObject(folder);
            json.WriteString(File, run.File);
            json.WriteNumber(Length, run.Length);
            json.WriteStartObject(Steps);
            foreach (var (tag, step) in run.Steps)
            {
                json.WriteNumber(tag, step);
            }

            json.WriteEndObject();
            json.WriteEndObject();
        }

        json.WriteEndObject();
        json.WriteEndObject();
    }
}

/// <summary>How far one run has been taken into account.</summary>
/// <param name="File">Its newest event file; null where it had none.</param>
/// <param name="Length">Bytes of that file; older files are in the steps whole.</param>
/// <param name="Steps">The last step of each tag.</param>
internal sealed record RunSteps(string? File, long Length, Dictionary<string, long> Steps);
