using System.Diagnostics;
using Google.Protobuf;
using Microsoft.Win32.SafeHandles;
using NNTileLogger.Ingest.EventFiles.Protos;

namespace NNTileLogger.Ingest.EventFiles;

/// <summary>
/// One event file that this process writes: knows its path and how many bytes of it are good, opens it when needed and
/// may be closed in between. Only the writer thread touches it. Every method throws <see cref="IOException"/> or
/// <see cref="UnauthorizedAccessException"/> where the system refuses.
/// </summary>
internal sealed class EventFile
{
    /// <summary>Names this program in the first record, so that clearing never takes away another writer's file.</summary>
    public const string WriterName = "NNTileLogger";

    private const string FileVersion = "brain.Event:2";

    private static readonly TimeSpan _pathLook = TimeSpan.FromSeconds(1);

    // Kept, as the file is looked at time and again.
    private readonly FileInfo _found;

    private SafeFileHandle? _handle;
    private long _lookedAt;

    private EventFile(string path, SafeFileHandle handle)
    {
        Path = path;
        _found = new FileInfo(path);
        _handle = handle;
        _lookedAt = Stopwatch.GetTimestamp();
    }

    public string Path { get; }

    /// <summary>Bytes written, all of them whole records.</summary>
    public long Length { get; private set; }

    public bool IsOpen => _handle is not null;

    /// <summary>Makes a new file that sorts behind every event file of its directory, with its first record.</summary>
    /// <param name="directory">The run's directory, which exists.</param>
    /// <param name="naming">The parts of the name.</param>
    /// <param name="now">The time for the name and the first record.</param>
    public static EventFile Create(string directory, EventFileNaming naming, DateTimeOffset now)
    {
        var path = System.IO.Path.Combine(directory, naming.NextName(directory, now));
        // Readers read while we write, and a user may move or delete: no lock of any kind.
        var handle = File.OpenHandle(path, FileMode.CreateNew, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete);
        var file = new EventFile(path, handle);
        try
        {
            file.Write(FirstRecord(now));
        }
        catch
        {
            // A file without its first record is noise for readers; the next attempt makes another.
            file.Close();
            TryDelete(path);
            throw;
        }

        return file;
    }

    /// <summary>
    /// Appends whole records. After a failure the same bytes are written again at the same offset, so that a part
    /// that did get through is completed.
    /// </summary>
    public void Write(ReadOnlySpan<byte> records)
    {
        _handle ??= File.OpenHandle(Path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete);
        try
        {
            RandomAccess.Write(_handle, records, Length);
        }
        catch
        {
            TornTail = LengthBehindGood();
            // Where the file system was mounted again, this handle is of the dead one.
            Close();
            throw;
        }

        TornTail = 0;
        Length += records.Length;
    }

    /// <summary>
    /// True where the file is no longer at its path, so that writes to it would succeed unseen, or lost its end, so
    /// that they would leave a hole that no reader passes. One that was moved, and is at another path, may be told so
    /// only <see cref="_pathLook"/> later: asking for a path costs more than a small write.
    /// </summary>
    public bool HasVanished()
    {
        if (_handle is not null && Stopwatch.GetElapsedTime(_lookedAt) < _pathLook && FileState.TryRead(_handle, out var state))
        {
            return state.Links == 0 || state.Length < Length;
        }

        try
        {
            _found.Refresh();
            _lookedAt = Stopwatch.GetTimestamp();
            return _found.Length < Length || _found.Attributes.HasFlag(FileAttributes.ReparsePoint);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return true;
        }
    }

    /// <summary>Bytes of its records that the last write left behind <see cref="Length"/> when it failed.</summary>
    public long TornTail { get; private set; }

    /// <summary>Has the system put the file on the disk.</summary>
    public void Sync()
    {
        if (_handle is not null)
        {
            RandomAccess.FlushToDisk(_handle);
        }
    }

    public void Close()
    {
        _handle?.Dispose();
        _handle = null;
    }

    private long LengthBehindGood()
    {
        try
        {
            return Math.Max(0, RandomAccess.GetLength(_handle!) - Length);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Who cannot even tell its length is not to be trusted.
            return 1;
        }
    }

    private static byte[] FirstRecord(DateTimeOffset now)
    {
        var first = new Event
        {
            WallTime = now.ToWallTime(),
            FileVersion = FileVersion,
            SourceMetadata = new SourceMetadata { Writer = WriterName },
        };
        var record = new byte[first.CalculateSize() + TFRecord.Overhead];
        first.WriteTo(record.AsSpan(TFRecord.HeaderSize..^TFRecord.FooterSize));
        TFRecord.Seal(record);
        return record;
    }

    private static void TryDelete(string path)
    {
        try
        {
            File.Delete(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // What made the write fail may keep us from deleting too; an event file without records hurts no reader.
        }
    }
}
