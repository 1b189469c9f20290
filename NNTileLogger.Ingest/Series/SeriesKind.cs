namespace NNTileLogger.Ingest.Series;

/// <summary>What a series measures.</summary>
internal enum SeriesKind
{
    /// <summary>The speed of a worker.</summary>
    Worker,

    /// <summary>The traffic of a link, or of all links of a node.</summary>
    Bus,

    /// <summary>The use of a memory node.</summary>
    Memory,

    /// <summary>A user's own.</summary>
    Scalar,
}
