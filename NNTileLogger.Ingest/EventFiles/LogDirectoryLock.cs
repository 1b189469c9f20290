using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.Win32.SafeHandles;
using NNTileLogger.ServiceDefaults;

namespace NNTileLogger.Ingest.EventFiles;

/// <summary>
/// Holds LOG_DIR for this process alone, and remembers in the lock file whether the last holder ended as it should.
/// Taken before anything is opened or cleared, let go as the last thing.
/// </summary>
internal sealed class LogDirectoryLock : IDisposable
{
    private const string FileName = ".nntile-logger.lock";
    private static readonly TimeSpan _pause = TimeSpan.FromMilliseconds(100);

    private readonly FileStream _file;
    private LockRecord _record;

    private LogDirectoryLock(string path, FileStream file, LockRecord? last, LockRecord own)
    {
        Path = path;
        _file = file;
        LastEndedWell = last?.EndedWell ?? true;
        _record = own;
    }

    /// <summary>LOG_DIR.</summary>
    public string Path { get; }

    /// <summary>False where the last server on this directory was killed, or the machine was. True on a new one.</summary>
    public bool LastEndedWell { get; }

    public SafeFileHandle Handle => _file.SafeFileHandle;

    /// <summary>Makes the directory where it is missing and locks it.</summary>
    /// <param name="path">LOG_DIR.</param>
    /// <param name="patience">How long another server may take to end.</param>
    /// <param name="time">The clock.</param>
    /// <param name="cancellation">Gives up early.</param>
    /// <exception cref="StartupException">The directory cannot be made or is held by another server.</exception>
    public static async Task<LogDirectoryLock> AcquireAsync(
        string path, TimeSpan patience, TimeProvider time, CancellationToken cancellation)
    {
        var start = time.GetTimestamp();
        while (true)
        {
            try
            {
                Directory.CreateDirectory(path);
                return Take(path, time);
            }
            catch (UnauthorizedAccessException e)
            {
                throw new StartupException($"LOG_DIR={path}: {e.Message} Give this user the right to write there, or name another directory.");
            }
            catch (IOException e)
            {
                if (time.GetElapsedTime(start) >= patience)
                {
                    throw new StartupException(
                        $"LOG_DIR={path}: cannot lock {FileName} in it: {e.Message} "
                        + "Another server writes there: stop it, or name another directory.");
                }
            }

            await Task.Delay(_pause, time, cancellation);
        }
    }

    /// <summary>Notes that this server ended as it should: all sessions closed, all points written.</summary>
    public void EndWell() => Write(_record with { EndedWell = true });

    public void Dispose() => _file.Dispose();

    private static LogDirectoryLock Take(string path, TimeProvider time)
    {
        // FileShare.None is flock on Unix: held until this process ends, however it ends.
        var file = new FileStream(System.IO.Path.Combine(path, FileName), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        try
        {
            var own = new LockRecord(Environment.ProcessId, time.GetUtcNow(), EndedWell: false);
            var held = new LogDirectoryLock(path, file, Read(file), own);
            held.Write(own);
            return held;
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    private static LockRecord? Read(FileStream file)
    {
        if (file.Length == 0)
        {
            return null;
        }

        try
        {
            return JsonSerializer.Deserialize(file, LockJson.Default.LockRecord);
        }
        catch (JsonException)
        {
            // Cut by a machine that lost power: that was no good end.
            return new LockRecord(0, default, EndedWell: false);
        }
    }

    private void Write(LockRecord record)
    {
        _record = record;
        _file.Position = 0;
        JsonSerializer.Serialize(_file, record, LockJson.Default.LockRecord);
        _file.SetLength(_file.Position);
        _file.Flush(flushToDisk: true);
    }
}

/// <summary>What the lock file says.</summary>
/// <param name="ProcessId">The server that holds or held the directory.</param>
/// <param name="Start">When it started.</param>
/// <param name="EndedWell">False while it runs.</param>
internal sealed record LockRecord(int ProcessId, DateTimeOffset Start, bool EndedWell);

/// <summary>JSON of the lock file, generated so that nothing is found by reflection at start.</summary>
[JsonSerializable(typeof(LockRecord))]
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, WriteIndented = true)]
internal sealed partial class LockJson : JsonSerializerContext;
