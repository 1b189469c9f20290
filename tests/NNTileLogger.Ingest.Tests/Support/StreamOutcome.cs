using System.Text;
using NNTileLogger.Ingest.Protocol;
using Xunit;

namespace NNTileLogger.Ingest.Tests.Support;

/// <summary>
/// What becomes of all that one connection sends: its lines by what came of them, and its points by series. Made once
/// by the product's own way and once by the slow, obvious one.
/// </summary>
internal sealed class StreamOutcome
{
    private const string Cut = "Cut";
    private const string TooLong = "TooLong";

    private readonly SortedDictionary<string, int> _lines = new(StringComparer.Ordinal);
    private readonly Dictionary<(string Run, string Tag), List<float>> _points = [];
    private int _invalidElements;

    /// <summary>By the product: its buffer cuts lines out of the pieces as they come, its reader and mapper do the rest.</summary>
    public static StreamOutcome OfProduct(IEnumerable<ReadOnlyMemory<byte>> pieces, int maxLineBytes)
    {
        var outcome = new StreamOutcome();
        using var metrics = new IngestMetrics();
        var buffer = new LineBuffer(new LineBudget(long.MaxValue, metrics), maxLineBytes);
        var pipeline = new LinePipeline();
        foreach (var piece in pieces)
        {
            // A receive into the room there is; none is larger than what a test sends.
            piece.CopyTo(buffer.BeginReceive(much: true));
            buffer.EndReceive(piece.Length);
            while (buffer.TryReadLine(out var line))
            {
                outcome.Add(pipeline.TakeWhole(line), isLast: false);
            }

            buffer.Park();
        }

        if (buffer.TryReadLast(out var last))
        {
            outcome.Add(pipeline.TakeWhole(last), isLast: true);
        }

        buffer.Close();
        outcome.Count(TooLong, TooLongIn(metrics));
        foreach (var (series, values) in pipeline.TakePoints())
        {
            outcome._points[series] = values;
        }

        return outcome;
    }

    /// <summary>By the reference.</summary>
    public static StreamOutcome OfReference(ReadOnlySpan<byte> stream, int maxLineBytes)
    {
        var outcome = new StreamOutcome();
        while (!stream.IsEmpty)
        {
            var end = stream.IndexOf((byte)'\n');
            var line = end < 0 ? stream : stream[..end];
            if (line.Length > maxLineBytes)
            {
                outcome.Count(TooLong, 1);
            }
            else
            {
                var read = WireReference.Read(line);
                outcome.Add((read.Outcome.ToString(), read.InvalidElements), isLast: end < 0);
                outcome.AddPoints(read.Points);
            }

            stream = end < 0 ? [] : stream[(end + 1)..];
        }

        return outcome;
    }

    /// <summary>Fails where two differ.</summary>
    public static void AssertSame(StreamOutcome wanted, StreamOutcome found)
    {
        Assert.Equal(wanted._lines, found._lines);
        Assert.Equal(wanted._invalidElements, found._invalidElements);
        Assert.Equal(wanted._points.Keys.Order(), found._points.Keys.Order());
        foreach (var (series, values) in wanted._points)
        {
            // Two arrays may feed one series; which of them comes first within a message is free.
            Assert.Equal(Bits(values).Order(), Bits(found._points[series]).Order());
        }
    }

    private void Add((string Result, int InvalidElements) line, bool isLast)
    {
        var isGood = line.Result is nameof(LineResult.Accepted) or nameof(LineResult.Blank);
        Count(isLast && !isGood ? Cut : line.Result, 1);
        _invalidElements += line.InvalidElements;
    }

    private void AddPoints(IEnumerable<WirePoint> points)
    {
        foreach (var point in points)
        {
            var key = (Encoding.Latin1.GetString(point.Run), WireReference.Text(point.Tag));
            (_points.TryGetValue(key, out var list) ? list : _points[key] = []).Add(point.Value);
        }
    }

    private void Count(string result, int count)
    {
        if (count > 0)
        {
            _lines[result] = _lines.GetValueOrDefault(result) + count;
        }
    }

    private static int TooLongIn(IngestMetrics metrics)
    {
        const string Before = "too long ";
        var text = metrics.Summary();
        var at = text.IndexOf(Before, StringComparison.Ordinal) + Before.Length;
        return int.Parse(text[at..text.IndexOf(',', at)], System.Globalization.CultureInfo.InvariantCulture);
    }

    // Every NaN is one value here, and so are the two zeros: a sum from 0 on loses the sign.
    private static IEnumerable<int> Bits(IEnumerable<float> values) =>
        values.Select(value => float.IsNaN(value) ? int.MaxValue : BitConverter.SingleToInt32Bits(value + 0f));
}
