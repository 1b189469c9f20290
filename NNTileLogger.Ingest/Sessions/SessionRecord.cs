using System.Text.Json;
using System.Text.Json.Serialization;
using NNTileLogger.Ingest.EventFiles;

namespace NNTileLogger.Ingest.Sessions;

/// <summary>What session.json says: which training a directory holds, and what a restart needs to continue it.</summary>
internal sealed record SessionRecord
{
    /// <summary>Marks the directory as one of ours.</summary>
    public required string Writer { get; init; }

    /// <summary>The client's address.</summary>
    public required string Peer { get; init; }

    /// <summary>When the first message came, UTC.</summary>
    public required DateTimeOffset Start { get; init; }

    /// <summary>When the last message known so far came, UTC; the event files may know later ones.</summary>
    public required DateTimeOffset LastMessage { get; init; }

    /// <summary>When the connection ended; null while it is open, and after a crash.</summary>
    public DateTimeOffset? End { get; init; }

    /// <summary>How it ended; null while it is open, and after a crash.</summary>
    public SessionEnd? HowEnded { get; init; }

    /// <summary>Connections the session had so far.</summary>
    public int Connections { get; init; } = 1;

    /// <summary>Points taken in, as far as this record knows; null in one of an older server.</summary>
    public long? Points { get; init; }

    /// <summary>The workers of its first message.</summary>
    public IReadOnlyList<string> Workers { get; init; } = [];

    /// <summary>Names whose folders do not tell them.</summary>
    public IReadOnlyList<RunNameRecord> Names { get; init; } = [];

    /// <summary>True where the session was open when a server stopped, and was kept by the start after that.</summary>
    public bool KeptByLastStart { get; init; }

    /// <summary>Reads the record of a session's directory.</summary>
    /// <returns>Null where the file is none of ours or cut by a lost machine.</returns>
    /// <exception cref="IOException">It cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">It must not be read.</exception>
    public static SessionRecord? Load(string directory)
    {
        try
        {
            var bytes = File.ReadAllBytes(Path.Combine(directory, LogDirectory.SessionFile));
            var record = JsonSerializer.Deserialize(bytes, SessionJson.Default.SessionRecord);
            return record?.Writer == EventFile.WriterName ? record : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    public byte[] ToJson() => JsonSerializer.SerializeToUtf8Bytes(this, SessionJson.Default.SessionRecord);

    /// <summary>Writes the record into a session's directory. Not while the session is open: then its writer does.</summary>
    public void Save(string directory) => SideFile.Write(Path.Combine(directory, LogDirectory.SessionFile), ToJson());
}

/// <summary>A name that its folder does not tell.</summary>
/// <param name="Folder">The folder below the session's directory.</param>
/// <param name="Name">The name, what is no UTF-8 in it as U+FFFD.</param>
/// <param name="Bytes">The name as it came.</param>
internal sealed record RunNameRecord(string Folder, string Name, byte[] Bytes);

/// <summary>How a session's connection ended.</summary>
internal enum SessionEnd
{
    /// <summary>The client closed it behind a whole line.</summary>
    Ended,

    /// <summary>The client closed it inside a line.</summary>
    Cut,

    /// <summary>The client's system reset it.</summary>
    Reset,

    /// <summary>The client's machine did not answer any more.</summary>
    Unreachable,

    /// <summary>This server stopped.</summary>
    ServerStopped,

    /// <summary>This server, or its machine, was killed.</summary>
    ServerCrashed,
}

/// <summary>JSON of session.json, generated so that nothing is found by reflection.</summary>
[JsonSerializable(typeof(SessionRecord))]
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, UseStringEnumConverter = true, WriteIndented = true)]
internal sealed partial class SessionJson : JsonSerializerContext;
