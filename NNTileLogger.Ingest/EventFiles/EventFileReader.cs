using NNTileLogger.Ingest.EventFiles.Protos;

namespace NNTileLogger.Ingest.EventFiles;

/// <summary>
/// Reads back the events of files, up to a torn or corrupt record. Any thread; throws <see cref="IOException"/> where
/// the system refuses.
/// </summary>
internal static class EventFileReader
{
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
    /// <param name="length">So long the file is taken to be.</param>
    public static void Read(string path, long offset, Func<Event, bool> take, long length = long.MaxValue)
    {
        using var scan = new EventFileScan();
        try
        {
            scan.Read(path, offset, TakeBlock, CancellationToken.None, length);
        }
        catch (Google.Protobuf.InvalidProtocolBufferException)
        {
            // A good checksum over something else: another program's file. What came before it has been taken.
        }

        bool TakeBlock(ref RecordWalk records, long at)
        {
            while (records.Next())
            {
                if (records.IsDamaged || !take(Event.Parser.ParseFrom(records.Data)))
                {
                    return false;
                }
            }

            return true;
        }
    }
}
