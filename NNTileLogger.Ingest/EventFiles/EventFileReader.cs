using System.Buffers;
using NNTileLogger.Ingest.EventFiles.Protos;

namespace NNTileLogger.Ingest.EventFiles;

/// <summary>
/// Reads back event files, up to a torn or corrupt record. Used at start only; throws <see cref="IOException"/> where
/// the system refuses.
/// </summary>
internal static class EventFileReader
{
    private const int BlockSize = 1 << 20;

    /// <summary>True where a file's first record names this program as its writer.</summary>
    public static bool IsOurs(string path)
    {
        var isOurs = false;
        Read(path, 0, first =>
        {
            isOurs = first.SourceMetadata?.Writer == EventFile.WriterName;
            return false;
        });
        return isOurs;
    }

    /// <summary>Reads the events of a file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="offset">Where a record begins.</param>
    /// <param name="take">Takes each event; false ends the reading.</param>
    public static void Read(string path, long offset, Func<Event, bool> take)
    {
        using var handle = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        var buffer = ArrayPool<byte>.Shared.Rent(BlockSize);
        try
        {
            var filled = 0;
            int count;
            while ((count = RandomAccess.Read(handle, buffer.AsSpan(filled), offset + filled)) > 0)
            {
                filled += count;
                var used = 0;
                TFRecordStatus status;
                long size;
                while ((status = TFRecord.TryRead(buffer.AsSpan(used..filled), out var data, out size)) == TFRecordStatus.Whole)
                {
                    used += (int)size;
                    if (!take(Event.Parser.ParseFrom(data)))
                    {
                        return;
                    }
                }

                if (status == TFRecordStatus.Corrupt || size > Array.MaxLength)
                {
                    return;
                }

                buffer.AsSpan(used..filled).CopyTo(buffer);
                offset += used;
                filled -= used;
                buffer = WithRoomFor(buffer, (int)size);
            }
        }
        catch (Google.Protobuf.InvalidProtocolBufferException)
        {
            // A good checksum over something else: another program's file. What came before it has been taken.
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private static byte[] WithRoomFor(byte[] buffer, int size)
    {
        if (size < buffer.Length)
        {
            return buffer;
        }

        var larger = ArrayPool<byte>.Shared.Rent(size + 1);
        buffer.CopyTo(larger, 0);
        ArrayPool<byte>.Shared.Return(buffer);
        return larger;
    }
}
