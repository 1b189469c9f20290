using System.Buffers;
using Microsoft.Win32.SafeHandles;

namespace NNTileLogger.Ingest.EventFiles;

/// <summary>How the reading of a file ended.</summary>
internal enum ScanEnd
{
    /// <summary>At its end, in a record that is still being written, or where it was told to: there may be more.</summary>
    Whole,

    /// <summary>At something that is no record. Nothing behind it can be found.</summary>
    Corrupt,
}

/// <summary>
/// Reads the records of one event file from a place on, a block at a time. Opens the file, reads, and closes it again,
/// so that ten thousand files take no more descriptors than there are loaders. Used by one thread.
/// </summary>
internal sealed class EventFileScan : IDisposable
{
    private const int BlockSize = 1 << 20;

    private byte[] _buffer = ArrayPool<byte>.Shared.Rent(BlockSize);

    /// <summary>Called with each block of whole records, so that a lock can be taken for a block.</summary>
    /// <param name="records">The records.</param>
    /// <param name="offset">Where the first one stands in the file.</param>
    /// <returns>False ends the reading.</returns>
    public delegate bool TakeBlock(ref RecordWalk records, long offset);

    /// <summary>Where the reading has come to: behind the last whole record.</summary>
    public long Offset { get; private set; }

    /// <summary>Reads to the end, or to what is no record.</summary>
    /// <param name="path">The file.</param>
    /// <param name="offset">Where a record begins.</param>
    /// <param name="take">Takes the blocks.</param>
    /// <param name="stop">Ends the reading between two blocks.</param>
    /// <param name="length">So long the file is taken to be; it may have grown since, faster than it can be read.</param>
    /// <exception cref="IOException">The file cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">It must not be read.</exception>
    public ScanEnd Read(string path, long offset, TakeBlock take, CancellationToken stop, long length = long.MaxValue)
    {
        Offset = offset;
        if (LengthOf(path) == 0)
        {
            // A pipe, which never has a length, makes those wait who open it.
            return ScanEnd.Whole;
        }

        using var handle = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        var filled = 0;
        int count;
        while ((count = RandomAccess.Read(handle, RoomFor(length - Offset - filled, filled), Offset + filled)) > 0)
        {
            stop.ThrowIfCancellationRequested();
            filled += count;
            var walk = new RecordWalk(_buffer.AsSpan(0, filled));
            if (!take(ref walk, Offset))
            {
                Offset += walk.Used;
                return ScanEnd.Whole;
            }

            if (walk.IsCorrupt)
            {
                Offset += walk.Used;
                return ScanEnd.Corrupt;
            }

            _buffer.AsSpan(walk.Used..filled).CopyTo(_buffer);
            Offset += walk.Used;
            filled -= walk.Used;
            if (!HasRoomFor(handle, walk.Wanted, filled))
            {
                return ScanEnd.Whole;
            }
        }

        return ScanEnd.Whole;
    }

    /// <summary>The length of a file, or of the one that a link leads to.</summary>
    /// <exception cref="IOException">There is none.</exception>
    /// <exception cref="UnauthorizedAccessException">It must not be looked at.</exception>
    public static long LengthOf(string path)
    {
        var file = new FileInfo(path);
        return file.Attributes.HasFlag(FileAttributes.ReparsePoint) && file.ResolveLinkTarget(returnFinalTarget: true) is FileInfo target
            ? target.Length
            : file.Length;
    }

    public void Dispose() => ArrayPool<byte>.Shared.Return(_buffer);

    // Nothing is read into no room.
    private Span<byte> RoomFor(long left, int filled) =>
        _buffer.AsSpan(filled, (int)Math.Clamp(left, 0, _buffer.Length - filled));

    // A length is believed where the file is that long: a torn one must not cost gigabytes.
    private bool HasRoomFor(SafeFileHandle handle, long size, int filled)
    {
        if (size <= _buffer.Length)
        {
            return true;
        }

        if (size > Array.MaxLength || RandomAccess.GetLength(handle) < Offset + size)
        {
            return false;
        }

        var larger = ArrayPool<byte>.Shared.Rent((int)size);
        _buffer.AsSpan(0, filled).CopyTo(larger);
        ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = larger;
        return true;
    }
}

/// <summary>Walks over the records of a block.</summary>
internal ref struct RecordWalk(ReadOnlySpan<byte> block)
{
    private readonly ReadOnlySpan<byte> _block = block;

    /// <summary>Bytes of the whole records so far.</summary>
    public int Used { get; private set; }

    /// <summary>Where the record that was read last begins in the block.</summary>
    public int At { get; private set; }

    /// <summary>The data of the record that was read last.</summary>
    public ReadOnlySpan<byte> Data { get; private set; }

    /// <summary>True where the data was damaged: the record is to be passed over.</summary>
    public bool IsDamaged { get; private set; }

    /// <summary>True where the walk ended at what is no record.</summary>
    public bool IsCorrupt { get; private set; }

    /// <summary>Bytes that the record takes in which the block ends.</summary>
    public long Wanted { get; private set; }

    /// <summary>Goes to the next record.</summary>
    public bool Next()
    {
        var status = TFRecord.TryRead(_block[Used..], out var data, out var size);
        At = Used;
        Data = data;
        Wanted = size;
        IsDamaged = status == TFRecordStatus.Corrupt && size > TFRecord.HeaderSize;
        if (status == TFRecordStatus.Whole || IsDamaged)
        {
            Used += (int)size;
            return true;
        }

        IsCorrupt = status == TFRecordStatus.Corrupt;
        return false;
    }
}
