namespace NNTileLogger.Ingest.History;

/// <summary>One event file of a run and how far it has been read. The loader's.</summary>
/// <param name="path">The file.</param>
/// <param name="number">Its number in the run, by which places name it.</param>
internal sealed class HistoryFile(string path, int number)
{
    public string Path { get; } = path;

    public int Number { get; } = number;

    /// <summary>Bytes that have been read, all of them whole records.</summary>
    public long Offset { get; set; }

    /// <summary>What the scan before this one found.</summary>
    public FoundFile? Seen { get; set; }

    /// <summary>True where what it holds behind <see cref="Offset"/> is no record. Said once.</summary>
    public bool IsCorrupt { get; set; }

    /// <summary>True where it could not be read. Said once.</summary>
    public bool IsRefused { get; set; }
}
