namespace NNTileLogger.Ingest.History;

/// <summary>What is shown of one run. Under the lock of the <see cref="Catalog"/>.</summary>
internal sealed class CatalogRun
{
    /// <summary>Its series by tag.</summary>
    public Dictionary<string, CatalogEntry> Entries { get; } = new(StringComparer.Ordinal);

    /// <summary>Its files; null where it has none that are shown.</summary>
    public HistoryRun? Files { get; set; }

    /// <summary>When it began as far as a session's memory and notes tell.</summary>
    public double Began { get; set; } = double.PositiveInfinity;

    /// <summary>When it began; null where nothing of it is known yet.</summary>
    public double? Start => Files?.Start is { } start ? Math.Min(start, Began)
        : double.IsFinite(Began) && Entries.Count > 0 ? Began
        : null;
}
