using NNTileLogger.Ingest.EventFiles;
using NNTileLogger.Ingest.Sessions;

namespace NNTileLogger.Ingest.Live;

/// <summary>
/// One session as those see it who look: open ones with their runs, past ones as their directory tells them. A picture
/// of one moment; any thread.
/// </summary>
/// <param name="Id">The name of its directory.</param>
/// <param name="Directory">The directory.</param>
/// <param name="Peer">The client's address.</param>
/// <param name="Start">When its first message came.</param>
/// <param name="LastMessage">When its last message came.</param>
/// <param name="End">When its connection ended; null while it is open.</param>
/// <param name="State">How it is doing.</param>
/// <param name="Points">Points taken in; null where only the event files can tell.</param>
/// <param name="LeastPoints">It has so many points, or more.</param>
/// <param name="Names">Runs whose folders do not tell their names.</param>
/// <param name="Open">The session, where points of it are kept in memory.</param>
internal sealed record LiveSession(
    string Id,
    string Directory,
    string Peer,
    DateTimeOffset Start,
    DateTimeOffset LastMessage,
    DateTimeOffset? End,
    SessionState State,
    long? Points,
    long LeastPoints,
    IReadOnlyDictionary<string, byte[]> Names,
    Session? Open)
{
    /// <summary>The run's name as the API gives it: two names that look alike are told apart by their folders.</summary>
    public static string NameOf(string folder, ReadOnlySpan<byte> name)
    {
        var text = NameText.Decode(name);
        return text.Contains(NameText.Replacement, StringComparison.Ordinal) ? folder : text;
    }

    /// <summary>The name of the run in a folder.</summary>
    public string NameOf(string folder) =>
        Names.TryGetValue(folder, out var name) ? NameOf(folder, name) : RunFolder.Unescape(folder);

    /// <summary>The folder of a run, whether there is one or not; never outside the session's directory.</summary>
    public string FolderOf(string run)
    {
        foreach (var (folder, name) in Names)
        {
            if (NameOf(folder, name) == run)
            {
                return folder;
            }
        }

        return RunFolder.Escape(run);
    }
}
