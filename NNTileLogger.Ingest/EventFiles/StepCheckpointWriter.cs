using System.Buffers;
using System.Text.Json;

namespace NNTileLogger.Ingest.EventFiles;

/// <summary>
/// Writes steps.json of sessions, in the form that <see cref="StepCheckpoint"/> reads. Every few seconds at full speed,
/// so it works straight from the series and allocates nothing. Used by the writer thread, which knows the lengths, and
/// by another one that took over from it.
/// </summary>
internal sealed class StepCheckpointWriter : IDisposable
{
    private readonly Lock _gate = new();
    private readonly ArrayBufferWriter<byte> _json = new();
    private readonly Utf8JsonWriter _writer;

    public StepCheckpointWriter() => _writer = new Utf8JsonWriter(_json);

    /// <summary>Saves a session's steps.</summary>
    /// <exception cref="IOException">The file cannot be written.</exception>
    /// <exception cref="UnauthorizedAccessException">The file must not be written.</exception>
    public void Save(string session, RunSet set)
    {
        lock (_gate)
        {
            _json.ResetWrittenCount();
            _writer.Reset(_json);
            lock (set.Gate)
            {
                Write(set);
            }

            _writer.Flush();
            SideFile.Write(Path.Combine(session, LogDirectory.StepsFile), _json.WrittenSpan);
        }
    }

    public void Dispose() => _writer.Dispose();

    private void Write(RunSet set)
    {
        _writer.WriteStartObject();
        _writer.WriteNumber(StepCheckpoint.WallTimeMember, set.LastWallTime);
        _writer.WriteStartObject(StepCheckpoint.RunsMember);
        foreach (var run in set.Runs)
        {
            Write(run, set.Restored.Runs.GetValueOrDefault(run.Folder));
        }

        // What a session held before a restart and has not sent again is kept as it was.
        foreach (var (folder, restored) in set.Restored.Runs)
        {
            if (!set.HasRunIn(folder))
            {
                _writer.WriteStartObject(folder);
                WriteFile(restored.File, restored.Length);
                _writer.WriteStartObject(StepCheckpoint.StepsMember);
                WriteSteps(restored, null);
                _writer.WriteEndObject();
                _writer.WriteEndObject();
            }
        }

        _writer.WriteEndObject();
        _writer.WriteEndObject();
    }

    private void Write(RunWriter run, RunSteps? restored)
    {
        _writer.WriteStartObject(run.Folder);
        if (run.File is { } file)
        {
            WriteFile(Path.GetFileName(file.Path.AsSpan()), file.Length);
        }
        else
        {
            WriteFile(restored?.File, restored?.Length ?? 0);
        }

        _writer.WriteStartObject(StepCheckpoint.StepsMember);
        foreach (var series in run.Series)
        {
            _writer.WriteNumber(series.Tag, series.Step);
        }

        if (restored is not null)
        {
            WriteSteps(restored, run);
        }

        _writer.WriteEndObject();
        _writer.WriteEndObject();
    }

    private void WriteSteps(RunSteps restored, RunWriter? butOf)
    {
        foreach (var (tag, step) in restored.Steps)
        {
            if (butOf?.FindSeries(System.Text.Encoding.UTF8.GetBytes(tag)) is null)
            {
                _writer.WriteNumber(tag, step);
            }
        }
    }

    private void WriteFile(ReadOnlySpan<char> name, long length)
    {
        if (name.IsEmpty)
        {
            _writer.WriteNull(StepCheckpoint.FileMember);
        }
        else
        {
            _writer.WriteString(StepCheckpoint.FileMember, name);
        }

        _writer.WriteNumber(StepCheckpoint.LengthMember, length);
    }
}
