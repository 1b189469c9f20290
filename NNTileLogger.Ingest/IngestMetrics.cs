using System.Diagnostics.Metrics;
using NNTileLogger.Ingest.EventFiles;
using NNTileLogger.Ingest.Points;
using NNTileLogger.Ingest.Protocol;

namespace NNTileLogger.Ingest;

/// <summary>
/// The service's own instruments, and the sums behind them for the line at shutdown. Any thread; called once a block,
/// never once a point. No tag ever holds a run, a name or an address.
/// </summary>
internal sealed class IngestMetrics : IDisposable
{
    /// <summary>The name of the meter, as exporters are told it.</summary>
    public const string MeterName = "NNTileLogger.Ingest";

    private static readonly KeyValuePair<string, object?> _accepted = new("result", "accepted");
    private static readonly KeyValuePair<string, object?> _invalidJson = new("result", "invalid_json");
    private static readonly KeyValuePair<string, object?> _tooLong = new("result", "too_long");
    private static readonly KeyValuePair<string, object?> _tooDeep = new("result", "too_deep");
    private static readonly KeyValuePair<string, object?> _cut = new("result", "cut");
    private static readonly KeyValuePair<string, object?> _notWritable = new("reason", "not_writable");
    private static readonly KeyValuePair<string, object?> _tooManySeries = new("reason", "too_many_series");

    // Seconds, from a write into memory to a disk that hangs. Those that are usual, made for milliseconds, begin at 5 s.
    private static readonly InstrumentAdvice<double> _buckets = new()
    {
        HistogramBucketBoundaries =
        [
            1e-5, 2e-5, 5e-5, 1e-4, 2e-4, 5e-4, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10,
        ],
    };

    private readonly Meter _meter = new(MeterName);
    private readonly UpDownCounter<long> _connections;
    private readonly Counter<long> _refused;
    private readonly Counter<long> _gaveWay;
    private readonly Counter<long> _receivedBytes;
    private readonly Counter<long> _lines;
    private readonly Counter<long> _invalidElements;
    private readonly Counter<long> _points;
    private readonly Counter<long> _writtenPoints;
    private readonly Counter<long> _writtenBytes;
    private readonly Counter<long> _droppedPoints;
    private readonly Histogram<double> _flushDuration;
    private readonly Histogram<double> _fileDelay;
    private readonly Histogram<double> _seriesDelay;
    private readonly LineSums _sums = new();
    private long _made;
    private long _written;
    private long _notWritten;
    private long _withoutSeries;
    private long _invalid;

    public IngestMetrics()
    {
        _connections = _meter.CreateUpDownCounter<long>("nntile_logger.connections.active", "{connection}", "Clients connected.");
        _refused = _meter.CreateCounter<long>("nntile_logger.connections.refused", "{connection}", "Clients not let in: their address, or no place among trainings.");
        _gaveWay = _meter.CreateCounter<long>("nntile_logger.connections.gave_way", "{connection}", "Silent connections closed to let another client in.");
        _receivedBytes = _meter.CreateCounter<long>("nntile_logger.received.bytes", "By", "Bytes received from clients.");
        _lines = _meter.CreateCounter<long>("nntile_logger.lines", "{line}", "Lines received, by what became of them.");
        _invalidElements = _meter.CreateCounter<long>("nntile_logger.invalid.elements", "{element}", "Parts of good lines that were passed over.");
        _points = _meter.CreateCounter<long>("nntile_logger.points", "{point}", "Points made from samples.");
        _writtenPoints = _meter.CreateCounter<long>("nntile_logger.written.points", "{point}", "Points handed to the system in event files.");
        _writtenBytes = _meter.CreateCounter<long>("nntile_logger.written.bytes", "By", "Bytes of points handed to the system.");
        _droppedPoints = _meter.CreateCounter<long>("nntile_logger.dropped.points", "{point}", "Points given up, by reason.");
        _flushDuration = CreateHistogram("nntile_logger.flush.duration", "Time to hand what one run holds to the system.");
        _fileDelay = CreateHistogram("nntile_logger.file.delay", "From reading a line to its point being in the file, for the oldest point of each write.");
        _seriesDelay = CreateHistogram("nntile_logger.series.delay", "From reading a line to its points being in the live series, for each block of lines.");
        _meter.CreateObservableGauge("nntile_logger.buffered.points", () => Buffered, "{point}", "Points not in their files yet.");
    }

    /// <summary>Points made that are neither written nor dropped.</summary>
    public long Buffered => Interlocked.Read(ref _made) - Interlocked.Read(ref _written) - NotWritten - WithoutSeries;

    /// <summary>Points given up as they could not be written.</summary>
    public long NotWritten => Interlocked.Read(ref _notWritten);

    /// <summary>Points given up as their session has too many series.</summary>
    public long WithoutSeries => Interlocked.Read(ref _withoutSeries);

    /// <summary>Adds gauges over parts that are made later.</summary>
    public void Observe(OpenFiles openFiles, PointBuffer buffer, LineBudget lines, PointMemory kept)
    {
        _meter.CreateObservableGauge("nntile_logger.event_files.open", () => openFiles.Count, "{file}", "Event files open now.");
        _meter.CreateObservableGauge("nntile_logger.buffered.bytes", () => buffer.Used, "By", "Memory of points not in their files yet.");
        _meter.CreateObservableGauge("nntile_logger.unfinished_lines.bytes", () => lines.Used, "By", "Memory of lines that have not ended yet.");
        _meter.CreateObservableGauge("nntile_logger.series.bytes", () => kept.Used, "By", "Memory of the points kept for those who look at them.");
    }

    public void ConnectionOpened() => _connections.Add(1);

    public void ConnectionClosed() => _connections.Add(-1);

    public void ConnectionRefused() => _refused.Add(1);

    public void ConnectionGaveWay() => _gaveWay.Add(1);

    public void Received(long bytes) => _receivedBytes.Add(bytes);

    public void LineTooLong()
    {
        _lines.Add(1, _tooLong);
        _sums.AddTooLong();
    }

    public void LineCut()
    {
        _lines.Add(1, _cut);
        _sums.AddCut();
    }

    /// <summary>Adds what came of a block of lines.</summary>
    public void BlockRead(in BlockCounts block)
    {
        Add(_lines, block.Accepted, _accepted);
        Add(_lines, block.InvalidJson, _invalidJson);
        Add(_lines, block.TooDeep, _tooDeep);
        _sums.Add(block);
        if (block.InvalidElements > 0)
        {
            _invalidElements.Add(block.InvalidElements);
            Interlocked.Add(ref _invalid, block.InvalidElements);
        }

        if (block.Points > 0)
        {
            _points.Add(block.Points);
            Interlocked.Add(ref _made, block.Points);
        }

        Drop(block.PointsWithoutSeries, ref _withoutSeries, _tooManySeries);
    }

    /// <summary>Adds what was handed to the system for one run.</summary>
    public void Written(long points, long bytes, TimeSpan duration)
    {
        _flushDuration.Record(duration.TotalSeconds);
        WrittenInPart(points, bytes);
    }

    /// <summary>Adds what got through of a write that failed, where the rest was given up.</summary>
    public void WrittenInPart(long points, long bytes)
    {
        _writtenPoints.Add(points);
        _writtenBytes.Add(bytes);
        Interlocked.Add(ref _written, points);
    }

    /// <summary>Adds how long the oldest point of a write had waited.</summary>
    public void InFile(TimeSpan delay) => _fileDelay.Record(delay.TotalSeconds);

    /// <summary>Adds how long the lines of a block took to be in the live series.</summary>
    public void InSeries(TimeSpan delay) => _seriesDelay.Record(delay.TotalSeconds);

    /// <summary>Adds points that could not be written and exceeded the buffer.</summary>
    public void Dropped(long points) => Drop(points, ref _notWritten, _notWritable);

    /// <summary>The sums since the start, for the log.</summary>
    public string Summary()
    {
        var made = Interlocked.Read(ref _made);
        var written = Interlocked.Read(ref _written);
        var (notWritten, withoutSeries) = (NotWritten, WithoutSeries);
        var dropped = notWritten + withoutSeries;
        return $"{_sums.Summary()}; {Interlocked.Read(ref _invalid)} invalid elements; "
            + $"points made {made} = written {written} + buffered {made - written - dropped} + dropped {dropped} (not writable {notWritten}, too many series {withoutSeries})";
    }

    public void Dispose() => _meter.Dispose();

    private Histogram<double> CreateHistogram(string name, string description) =>
        _meter.CreateHistogram(name, "s", description, tags: null, _buckets);

    private void Drop(long points, ref long sum, KeyValuePair<string, object?> reason)
    {
        if (points > 0)
        {
            _droppedPoints.Add(points, reason);
            Interlocked.Add(ref sum, points);
        }
    }

    private static void Add(Counter<long> counter, long count, KeyValuePair<string, object?> tag)
    {
        if (count > 0)
        {
            counter.Add(count, tag);
        }
    }
}
