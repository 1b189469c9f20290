using NNTileLogger.Benchmarks.EndToEnd;
using NNTileLogger.Ingest.Sessions;

namespace NNTileLogger.Benchmarks.Soak;

/// <summary>Removes the sessions that are over, so that a soak does not fill the disk.</summary>
internal static class EndedSessions
{
    // The record is saved a moment before the last file is closed.
    private static readonly TimeSpan _closing = TimeSpan.FromSeconds(10);

    // A lost client comes within six minutes or not at all.
    private static readonly TimeSpan _continuable = TimeSpan.FromMinutes(7);

    /// <summary>Removes those that ended well, and those whose client cannot come again.</summary>
    public static void Remove(string directory)
    {
        foreach (var session in Directory.EnumerateDirectories(directory))
        {
            if (File.Exists(Path.Combine(session, "session.json")) && IsOver(session))
            {
                TempFolder.Remove(session);
            }
        }
    }

    private static bool IsOver(string session) =>
        SessionRecord.Load(session) is { End: { } end, HowEnded: { } how }
        && TimeProvider.System.GetUtcNow() - end > (how == SessionEnd.Ended ? _closing : _continuable);
}
