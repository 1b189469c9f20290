using NNTileLogger.Ingest.EventFiles;
using NNTileLogger.Ingest.Protocol;

namespace NNTileLogger.Ingest.Series;

/// <summary>
/// Turns the samples of one connection's messages into points of its session's series. Used by that connection under
/// the lock of the <see cref="RunSet"/>.
/// </summary>
internal sealed class MessageMapper
{
    // So many values of one scalar gain nothing from waiting for others.
    private const int Many = 6;

    private readonly RunSet _runs;
    private readonly WaitingPoints _waiting;
    private readonly SeriesByPosition _workers;
    private readonly SeriesByPosition _memoryNodes;
    private readonly SeriesByPosition _scalars;
    private readonly LinkMapper _links;

    // Where a message that did not fit goes on: scalars can be millions of points, everything else is small.
    private bool _isBegun;
    private int _scalar;
    private int _value;

    public MessageMapper(RunSet runs)
    {
        _runs = runs;
        _waiting = runs.Waiting;
        _workers = new SeriesByPosition(runs);
        _memoryNodes = new SeriesByPosition(runs);
        _scalars = new SeriesByPosition(runs);
        _links = new LinkMapper(runs);
    }

    /// <summary>Points made since it was last set to 0.</summary>
    public long Points { get; set; }

    /// <summary>Those of them that were dropped because the session has too many series.</summary>
    public long PointsWithoutSeries { get; set; }

    /// <summary>Appends the points of a message.</summary>
    /// <param name="line">The line it was read from.</param>
    /// <param name="message">The message.</param>
    /// <param name="arrival">When it came.</param>
    /// <returns>
    /// False where the memory for unwritten points is used up; called again with the same message once there is room,
    /// it goes on where it stopped.
    /// </returns>
    public bool TryAppend(ReadOnlySpan<byte> line, Message message, in Arrival arrival)
    {
        _waiting.Begin(arrival);
        if (!_isBegun)
        {
            if (_runs.IsFull)
            {
                return false;
            }

            _isBegun = true;
            AppendWorkers(line, message);
            AppendMemoryNodes(line, message);
            AppendLinks(line, message);
        }

        for (AppendUsualScalars(message); _scalar < message.Scalars.Count; AppendUsualScalars(message))
        {
            if (!TryAppendScalar(line, message, arrival))
            {
                return false;
            }

            _value = 0;
            _scalar++;
        }

        _scalar = 0;
        _isBegun = false;
        return true;
    }

    private void AppendWorkers(ReadOnlySpan<byte> line, Message message)
    {
        var position = 0;
        foreach (ref readonly var worker in message.Workers.Span)
        {
            var series = _workers.Get(position++, worker.Name, line, message, Measures.WorkerTag);
            Append(series, Measures.Rate(worker.Flops, worker.Seconds));
        }
    }

    private void AppendMemoryNodes(ReadOnlySpan<byte> line, Message message)
    {
        var position = 0;
        foreach (ref readonly var node in message.MemoryNodes.Span)
        {
            var series = _memoryNodes.Get(position++, node.Name, line, message, Measures.MemoryTag);
            Append(series, Measures.Memory(node.Bytes));
        }
    }

    private void AppendLinks(ReadOnlySpan<byte> line, Message message)
    {
        var position = 0;
        foreach (ref readonly var bus in message.Buses.Span)
        {
            var rate = Measures.Rate(bus.Bytes, bus.Seconds);
            var series = _links.Add(position++, bus, line, message, rate);
            Append(series, rate);
        }

        foreach (var total in _links.Totals)
        {
            Append(total.Series, total.Rate);
        }

        _links.ClearTotals();
    }

    // Up to the first that is not one value of a series that is known by its position: most are that, and may be thousands.
    private void AppendUsualScalars(Message message)
    {
        var values = message.Values.Span;
        var scalars = message.Scalars.Span;
        var first = _scalar;
        while (_scalar < scalars.Length)
        {
            ref readonly var scalar = ref scalars[_scalar];
            if (scalar.Count != 1 || !_scalars.TryGuess(_scalar, scalar.Name, out var series) || !_waiting.TryAppend(series, values[scalar.Start]))
            {
                break;
            }

            _scalar++;
        }

        Points += _scalar - first;
    }

    private bool TryAppendScalar(ReadOnlySpan<byte> line, Message message, in Arrival arrival)
    {
        var scalar = message.Scalars.Span[_scalar];
        if (scalar.Count == 0)
        {
            return true;
        }

        var values = message.Values.Span.Slice(scalar.Start, scalar.Count);
        var series = _scalars.Get(_scalar, scalar.Name, line, message, tag: default);
        if (series == SeriesByPosition.None)
        {
            Points += values.Length;
            PointsWithoutSeries += values.Length;
            return true;
        }

        var taken = values.Length < Many ? AppendFew(series, values[_value..]) : AppendMany(series, values[_value..], arrival);
        _value += taken;
        Points += taken;
        return _value == values.Length;
    }

    private int AppendFew(int series, ReadOnlySpan<float> values)
    {
        var taken = 0;
        while (taken < values.Length && _waiting.TryAppend(series, values[taken]))
        {
            taken++;
        }

        return taken;
    }

    private int AppendMany(int series, ReadOnlySpan<float> values, in Arrival arrival)
    {
        _waiting.PutIntoChunks(series);
        return _waiting.SeriesOf(series).TryAppend(values, arrival);
    }

    private void Append(int series, double value)
    {
        Points++;
        if (series == SeriesByPosition.None)
        {
            PointsWithoutSeries++;
        }
        else
        {
            _waiting.Append(series, (float)value);
        }
    }
}
