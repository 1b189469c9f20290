using System.Buffers;
using System.Text.Json;

namespace NNTileLogger.Ingest.EventFiles;

/// <summary>
/// Writes steps.json of sessions, in the form that <see cref="StepCheckpoint"/> reads. Every few seconds at full speed,
/// so it works straight from the series. Used by the writer thread, which knows the lengths, and by another one that
/// took over from it.
/// </summary>
internal sealed class StepCheckpointWriter
{
    private readonly Lock _gate = new();
    private readonly ArrayBufferWriter<byte> _json = new();

    /// <summary>Saves a session's steps.</summary>
    /// <exception cref="IOException">The file cannot be written.</exception>
    /// <exception cref="UnauthorizedAccessException">The file must not be written.</exception>
    public void Save(string session, RunSet set)
    {
        lock (_gate)
        {
            _json.ResetWrittenCount();
            using (var writer = new Utf8JsonWriter(_json))
            {
                lock (set.Gate)
                {
                    Write(writer, set);
                }
            }

            SideFile.Write(Path.Combine(session, LogDirectory.StepsFile), _json.WrittenSpan);
        }
    }

    private static void Write(Utf8JsonWriter writer, RunSet set)
    {
        writer.WriteStartObject();
        writer.WriteNumber(StepCheckpoint.WallTimeMember, set.LastWallTime);
        writer.WriteStartObject(StepCheckpoint.RunsMember);
        foreach (var run in set.Runs)
        {
            Write(writer, run, set.Restored.Runs.GetValueOrDefault(run.Folder));
        }

        // What a session held before a restart and has not sent again is kept as it was.
        foreach (var (folder, restored) in set.Restored.Runs)
        {
            if (!set.HasRunIn(folder))
            {
                writer.WriteStartObject(folder);
                WriteFile(writer, restored.File, restored.Length);
                writer.WriteStartObject(StepCheckpoint.StepsMember);
                WriteSteps(writer, restored, null);
                writer.WriteEndObject();
                writer.WriteEndObject();
            }
        }

        writer.WriteEndObject();
        writer.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter writer, RunWriter run, RunSteps? restored)
    {
        writer.WriteStartObject(run.Folder);
        if (run.File is { } file)
        {
            WriteFile(writer, Path.GetFileName(file.Path.AsSpan()), file.Length);
        }
        else
        {
            WriteFile(writer, restored?.File, restored?.Length ?? 0);
        }

        writer.WriteStartObject(StepCheckpoint.StepsMember);
        foreach (var series in run.Series)
        {
            writer.WriteNumber(series.Tag, series.Step);
        }

        if (restored is not null)
        {
            WriteSteps(writer, restored, run);
        }

        writer.WriteEndObject();
        writer.WriteEndObject();
    }

    private static void WriteSteps(Utf8JsonWriter writer, RunSteps restored, RunWriter? butOf)
    {
        foreach (var (tag, step) in restored.Steps)
        {
            if (butOf?.FindSeries(System.Text.Encoding.UTF8.GetBytes(tag)) is null)
            {
                writer.WriteNumber(tag, step);
            }
        }
    }

    private static void WriteFile(Utf8JsonWriter writer, ReadOnlySpan<char> name, long length)
    {
        if (name.IsEmpty)
        {
            writer.WriteNull(StepCheckpoint.FileMember);
        }
        else
        {
            writer.WriteString(StepCheckpoint.FileMember, name);
        }

        writer.WriteNumber(StepCheckpoint.LengthMember, length);
    }
}
