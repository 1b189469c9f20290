using System.Net;
using System.Text;
using NNTileLogger.Ingest.EventFiles;
using NNTileLogger.Ingest.Points;

namespace NNTileLogger.Ingest.Sessions;

/// <summary>Makes the run sets of sessions from the parts they all share.</summary>
internal sealed partial class SessionStorage(
    LogDirectory directory,
    EventWriter writer,
    PointBuffer buffer,
    PointMemory kept,
    EventFileNaming naming,
    SeriesLimit series,
    ILogger<SessionStorage> logger)
{
    // PATH_MAX of Linux counts the closing NUL.
    private const int LongestPath = 4095;

    // "/yyyy-MM-dd_HH-mm-ss-12345678/" around the session's name, and one slash before the file's.
    private const int SessionNameLength = 32;

    /// <summary>The runs of a session that begins.</summary>
    /// <param name="peer">The client's address.</param>
    /// <param name="start">When its first message came.</param>
    /// <param name="describe">Gives the bytes of session.json.</param>
    public RunSet NewRuns(IPAddress peer, DateTimeOffset start, Func<byte[]> describe) =>
        Runs(new SessionPlace(directory, start, describe, name => LogBegun(logger, name, peer)), [], RestoredSteps.None);

    /// <summary>The runs of a session that a directory holds.</summary>
    public RunSet RestoredRuns(string existing, SessionRecord record, RestoredSteps restored, Func<byte[]> describe) =>
        Runs(
            new SessionPlace(directory, record.Start, describe) { Directory = existing },
            record.Names.Select(name => new UnusualName(name.Folder, name.Bytes)),
            restored);

    /// <summary>A time span in ticks of the monotonic clock.</summary>
    public long Ticks(TimeSpan span) => (long)(span.TotalSeconds * directory.Time.TimestampFrequency);

    private RunSet Runs(SessionPlace place, IEnumerable<UnusualName> names, RestoredSteps restored)
    {
        var longestFolder = LongestPath - Encoding.UTF8.GetByteCount(directory.Path) - SessionNameLength - naming.LongestName;
        return new RunSet(writer, buffer, kept, place, new RunFolders(longestFolder, names), restored, series);
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Session {Session} begins, from {Peer}.")]
    private static partial void LogBegun(ILogger logger, string session, IPAddress peer);
}
