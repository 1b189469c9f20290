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

    private readonly LockRecord _record;
    private FileStream _file;

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

    /// <summary>The file in it that is locked.</summary>
    public string FilePath => System.IO.Path.Combine(Path, FileName);

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

    /// <summary>
    /// Locks the directory again where the file that was locked is not the one that is there now: somebody removed
    /// the directory, or another file system was mounted in its place. Not while another thread uses the handle.
    /// </summary>
    /// <returns>False where it is still locked, or cannot be.</returns>
    public bool TryTakeAgain()
    {
        try
        {
            var file = Open(Path);
            _file.Dispose();
            _file = file;
            Write(_record);
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or StartupException)
        {
            return false;
        }
    }

    /// <summary>Notes that this server ended as it should: all sessions closed, all points written.</summary>
    /// <exception cref="IOException">It cannot be noted: the next start takes this end for a crash, and clears nothing.</exception>
    public void EndWell() => Write(_record with { EndedWell = true });

    public void Dispose() => _file.Dispose();

    private static FileStream Open(string path)
    {
        var lockFile = System.IO.Path.Combine(path, FileName);
        if (LogDirectory.IsLink(lockFile))
        {
            throw new StartupException($"LOG_DIR={path}: {FileName} in it is a symbolic link, which is not followed: remove it.");
        }

        // FileShare.None is flock on Unix: held until this process ends, however it ends.
        // No buffer of the stream's own: what it could not write it would try to write again when it is closed.
        return new FileStream(lockFile, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, bufferSize: 0);
    }

    private static LogDirectoryLock Take(string path, TimeProvider time)
    {
        var file = Open(path);
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
        _file.Position = 0;
        _file.Write(JsonSerializer.SerializeToUtf8Bytes(record, LockJson.Default.LockRecord));
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
