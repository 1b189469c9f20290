using NNTileLogger.Ingest.EventFiles;
using NNTileLogger.Ingest.Points;

namespace NNTileLogger.Ingest.History;

/// <summary>
/// One run: a directory of event files, and the series that were read from them. One loader thread at a time adds to
/// it; those who ask read what there is so far, both under <see cref="Gate"/>, which is held for a block of records.
/// </summary>
/// <param name="name">Its directory below LOG_DIR, as TensorBoard names runs.</param>
/// <param name="memory">Gives memory for points.</param>
internal sealed class HistoryRun(string name, PointMemory memory)
{
    private readonly Dictionary<byte[], FileSeries> _series = new(ByteSpanComparer.Instance);
    private FileSeries? _last;
    private double _start = double.NaN;

    public string Name { get; } = name;

    /// <summary>Guards the series.</summary>
    public Lock Gate { get; } = new();

    /// <summary>The files by name. The loader's; their list is replaced when one comes.</summary>
    public IReadOnlyList<HistoryFile> Files { get; private set; } = [];

    /// <summary>When the newest file was last written to.</summary>
    public DateTimeOffset LastWrite { get; set; }

    /// <summary>The earliest wall time of its events; null while none has been read.</summary>
    public double? Start => Volatile.Read(ref _start) is var start && double.IsNaN(start) ? null : start;

    /// <summary>Told of each new series, under <see cref="Gate"/>; null while the run is not shown yet.</summary>
    public Action<FileSeries>? Found { get; set; }

    /// <summary>The series there are. Under <see cref="Gate"/>.</summary>
    public IReadOnlyCollection<FileSeries> Series => _series.Values;

    /// <summary>The file of a path, made where it is new.</summary>
    public HistoryFile FileOf(string path)
    {
        foreach (var known in Files)
        {
            if (known.Path == path)
            {
                return known;
            }
        }

        var file = new HistoryFile(path, Files.Count);
        Files = [.. Files, file];
        return file;
    }

    /// <summary>Takes in one event. Under <see cref="Gate"/>.</summary>
    /// <param name="file">The file's number.</param>
    /// <param name="offset">Where the record begins.</param>
    /// <param name="data">The event.</param>
    /// <returns>False where it is no event.</returns>
    public bool TryAdd(int file, long offset, ReadOnlySpan<byte> data)
    {
        if (!EventView.TryRead(data, out var read))
        {
            return false;
        }

        // Nothing can be drawn at a time that is no number.
        if (!double.IsFinite(read.WallTime))
        {
            return true;
        }

        if (!(read.WallTime >= _start))
        {
            Volatile.Write(ref _start, read.WallTime);
        }

        var place = new Place(read.Step, read.WallTime, file, offset, 0, 0);
        switch (read.Kind)
        {
            case EventKind.Summary:
                return TryAddSummary(place, read.Body);
            case EventKind.Graph:
                Add(SeriesInfo.GraphTag, place, ValueView.OfBlob(read.Body), SeriesInfo.Of(EventKind.Graph));
                return true;
            case EventKind.RunMetadata:
                if (!ValueView.TryReadRunMetadata(read.Body, out var metadata))
                {
                    return false;
                }

                Add(metadata.Tag, place, metadata, SeriesInfo.Of(EventKind.RunMetadata));
                return true;
            default:
                return true;
        }
    }

    /// <summary>Makes do with less memory.</summary>
    public void ShrinkTo(int most)
    {
        lock (Gate)
        {
            foreach (var series in _series.Values)
            {
                series.ShrinkTo(most);
            }
        }
    }

    /// <summary>Gives the memory of all points back: nobody is shown the run any more.</summary>
    public void Clear()
    {
        lock (Gate)
        {
            foreach (var series in _series.Values)
            {
                series.Clear();
            }
        }
    }

    private bool TryAddSummary(Place place, ReadOnlySpan<byte> summary)
    {
        var values = new SummaryView(summary);
        while (values.Next())
        {
            Add(values.Value.Tag, place, values.Value, info: null);
            place = place with { Value = place.Value + 1 };
        }

        return !values.IsMalformed;
    }

    private void Add(ReadOnlySpan<byte> tag, in Place place, in ValueView value, SeriesInfo? info)
    {
        var series = _last?.Follower;
        if (series is null || !series.TagBytes.SequenceEqual(tag))
        {
            series = Find(tag, value, info);
            if (_last is not null)
            {
                _last.Follower = series;
            }
        }

        _last = series;
        series.Add(place, value);
    }

    private FileSeries Find(ReadOnlySpan<byte> tag, in ValueView first, SeriesInfo? info)
    {
        var byTag = _series.GetAlternateLookup<ReadOnlySpan<byte>>();
        if (!byTag.TryGetValue(tag, out var series))
        {
            series = FileSeries.Begin(this, tag, info ?? SeriesInfo.Of(first), memory);
            byTag[tag] = series;
            if (series.Info.Class != SeriesClass.None)
            {
                Found?.Invoke(series);
            }
        }

        return series;
    }
}
