using System.Buffers;
using System.Text.Json;
using NNTileLogger.Ingest.Points;

namespace NNTileLogger.Ingest.Live;

/// <summary>
/// Writes points as streams give them: arrays of <c>{run, tag, step, time, value}</c>, in parts that neither this server
/// nor a browser has trouble to hold. What is no number in JSON is a string. For one thread.
/// </summary>
internal sealed class StreamJson : IDisposable
{
    /// <summary>An array without points.</summary>
    public static readonly byte[] Empty = "[]"u8.ToArray();

    private const int PointsOfPart = 1000;

    private static readonly JsonEncodedText _run = JsonEncodedText.Encode("run");
    private static readonly JsonEncodedText _tag = JsonEncodedText.Encode("tag");
    private static readonly JsonEncodedText _step = JsonEncodedText.Encode("step");
    private static readonly JsonEncodedText _time = JsonEncodedText.Encode("time");
    private static readonly JsonEncodedText _value = JsonEncodedText.Encode("value");

    private readonly ArrayBufferWriter<byte> _buffer = new();
    private readonly Utf8JsonWriter _writer;
    private readonly List<byte[]> _parts = [];
    private int _points;

    public StreamJson()
    {
        _writer = new Utf8JsonWriter(_buffer);
    }

    /// <summary>Adds points of one series.</summary>
    public void Add(SeriesNames names, ReadOnlySpan<Point> points)
    {
        foreach (var point in points)
        {
            if (_points == 0)
            {
                _writer.WriteStartArray();
            }

            Write(names, point);
            if (++_points == PointsOfPart)
            {
                EndPart();
            }
        }
    }

    /// <summary>Gives what was added, and begins anew.</summary>
    public IReadOnlyList<byte[]> Take()
    {
        if (_points > 0)
        {
            EndPart();
        }

        byte[][] parts = [.. _parts];
        _parts.Clear();
        return parts;
    }

    public void Dispose() => _writer.Dispose();

    private void Write(SeriesNames names, in Point point)
    {
        _writer.WriteStartObject();
        _writer.WriteString(_run, names.Run);
        _writer.WriteString(_tag, names.Tag);
        _writer.WriteNumber(_step, point.Step);
        _writer.WriteString(_time, SeriesPoint.TimeOf(point.WallTime));
        if (float.IsFinite(point.Value))
        {
            _writer.WriteNumber(_value, point.Value);
        }
        else
        {
            _writer.WriteString(_value, float.IsNaN(point.Value) ? "NaN" : point.Value > 0 ? "Infinity" : "-Infinity");
        }

        _writer.WriteEndObject();
    }

    private void EndPart()
    {
        _writer.WriteEndArray();
        _writer.Flush();
        _parts.Add(_buffer.WrittenSpan.ToArray());
        _buffer.ResetWrittenCount();
        _writer.Reset();
        _points = 0;
    }
}

/// <summary>The names of a series, escaped once.</summary>
/// <param name="Run">The run's name.</param>
/// <param name="Tag">The tag.</param>
internal readonly record struct SeriesNames(JsonEncodedText Run, JsonEncodedText Tag)
{
    public static SeriesNames Of(string run, string tag) => new(JsonEncodedText.Encode(run), JsonEncodedText.Encode(tag));
}
