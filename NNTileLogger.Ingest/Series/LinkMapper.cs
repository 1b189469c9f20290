using NNTileLogger.Ingest.EventFiles;
using NNTileLogger.Ingest.Protocol;

namespace NNTileLogger.Ingest.Series;

/// <summary>
/// Finds the series of the links in a message and adds up what each memory node sends and receives over all of them.
/// </summary>
internal sealed class LinkMapper(RunSet runs)
{
    private readonly Dictionary<byte[], NodeTotal> _sent = new(ByteSpanComparer.Instance);
    private readonly Dictionary<byte[], NodeTotal> _received = new(ByteSpanComparer.Instance);
    private readonly List<NodeTotal> _totals = [];
    private readonly List<Link> _last = [];
    private byte[] _name = new byte[256];

    /// <summary>The sums of the message so far, in the order in which the nodes appeared.</summary>
    public List<NodeTotal> Totals => _totals;

    /// <summary>Adds one link.</summary>
    /// <param name="position">Its place in the message.</param>
    /// <param name="bus">The link.</param>
    /// <param name="line">The line it is in.</param>
    /// <param name="message">The message it is in.</param>
    /// <param name="rate">What goes over it.</param>
    /// <returns>The number of the link's own series, or <see cref="SeriesByPosition.None"/>.</returns>
    public int Add(int position, in BusSample bus, ReadOnlySpan<byte> line, Message message, double rate)
    {
        Link link;
        if (position < _last.Count && _last[position].Is(bus))
        {
            link = _last[position];
        }
        else
        {
            link = Find(bus, message.NameIn(line, bus.Source), message.NameIn(line, bus.Destination));
            Remember(position, link);
        }

        AddTo(link.Sent, rate);
        AddTo(link.Received, rate);
        return link.Series;
    }

    /// <summary>Begins the next message.</summary>
    public void ClearTotals()
    {
        foreach (var total in _totals)
        {
            total.IsCounted = false;
        }

        _totals.Clear();
        if (_sent.Count + _received.Count > 2 * SeriesByPosition.Remembered)
        {
            _last.Clear();
            _sent.Clear();
            _received.Clear();
        }
    }

    private void AddTo(NodeTotal total, double rate)
    {
        if (!total.IsCounted)
        {
            total.IsCounted = true;
            total.Rate = 0;
            _totals.Add(total);
        }

        total.Rate += rate;
    }

    private Link Find(in BusSample bus, ReadOnlySpan<byte> source, ReadOnlySpan<byte> destination)
    {
        var length = source.Length + Measures.LinkArrow.Length + destination.Length;
        if (_name.Length < length)
        {
            _name = new byte[length];
        }

        source.CopyTo(_name);
        Measures.LinkArrow.CopyTo(_name.AsSpan(source.Length));
        destination.CopyTo(_name.AsSpan(source.Length + Measures.LinkArrow.Length));
        return new Link(
            bus.Source.KnownAs,
            bus.Destination.KnownAs,
            NumberOf(_name.AsSpan(0, length), Measures.LinkTag),
            TotalOf(_sent, source, Measures.SendTag),
            TotalOf(_received, destination, Measures.ReceiveTag));
    }

    private void Remember(int position, Link link)
    {
        if (position < _last.Count)
        {
            _last[position] = link;
        }
        else if (position == _last.Count && position < SeriesByPosition.Remembered)
        {
            _last.Add(link);
        }
    }

    private NodeTotal TotalOf(Dictionary<byte[], NodeTotal> totals, ReadOnlySpan<byte> node, ReadOnlySpan<byte> tag)
    {
        var byName = totals.GetAlternateLookup<ReadOnlySpan<byte>>();
        if (!byName.TryGetValue(node, out var total))
        {
            total = new NodeTotal(NumberOf(node, tag));
            byName[node] = total;
        }

        return total;
    }

    private int NumberOf(ReadOnlySpan<byte> run, ReadOnlySpan<byte> tag) => runs.GetSeries(run, tag)?.Number ?? SeriesByPosition.None;

    private readonly record struct Link(int SourceKnownAs, int DestinationKnownAs, int Series, NodeTotal Sent, NodeTotal Received)
    {
        public bool Is(in BusSample bus) =>
            bus.Source.KnownAs == SourceKnownAs && bus.Destination.KnownAs == DestinationKnownAs
            && SourceKnownAs != 0 && DestinationKnownAs != 0;
    }
}

/// <summary>What one memory node sends, or receives, in the message at hand.</summary>
internal sealed class NodeTotal(int series)
{
    /// <summary>The number of its series, or <see cref="SeriesByPosition.None"/>.</summary>
    public int Series { get; } = series;

    public bool IsCounted { get; set; }

    public double Rate { get; set; }
}
