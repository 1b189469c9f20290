namespace NNTileLogger.Ingest.History;

/// <summary>
/// One tag of one run, and where its values are: in files, in a session's memory (which goes on where the files end), or
/// said by this service itself. Changed by the <see cref="Catalog"/> alone.
/// </summary>
internal sealed class CatalogEntry(string run, string tag)
{
    public string Run { get; } = run;

    public string Tag { get; } = tag;

    public FileSeries? File { get; set; }

    public LiveSeries? Live { get; set; }

    public Note? Note { get; set; }

    /// <summary>What it is; null where nothing is left of it. What is coming in tells, then the files.</summary>
    public SeriesInfo? Info => Live is not null ? SeriesInfo.Scalar : File?.Info ?? Note?.Info;

    /// <summary>True where it has values of its own, and is not said alone.</summary>
    public bool IsSeries => File is not null || Live is not null;

    /// <summary>Values there are; a moment's number.</summary>
    public long Count => Live is { } live
        ? live.Count + (live.FirstStep > 1 ? File?.Count ?? 0 : 0)
        : File?.Count ?? 1;
}

/// <summary>What this service says about a session, as a tensor.</summary>
/// <param name="Info">What it is.</param>
/// <param name="WallTime">Since when it is true.</param>
/// <param name="Text">The tensor's one string; null where only <paramref name="Info"/> matters.</param>
internal sealed record Note(SeriesInfo Info, double WallTime, byte[]? Text);
