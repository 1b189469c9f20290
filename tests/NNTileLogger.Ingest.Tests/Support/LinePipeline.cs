using System.Text;
using NNTileLogger.Ingest.EventFiles;
using NNTileLogger.Ingest.Points;
using NNTileLogger.Ingest.Protocol;
using NNTileLogger.Ingest.Series;
using KeptPoint = NNTileLogger.Ingest.Points.Point;

namespace NNTileLogger.Ingest.Tests.Support;

/// <summary>
/// The product's way from lines to records without a socket and without a disk: what its chunks hold is read back by
/// the strict reader.
/// </summary>
internal sealed class LinePipeline
{
    private readonly RunSet _runs = new(
        null!,
        new PointBuffer(1L << 40),
        new PointMemory(long.MaxValue),
        new SessionPlace(null!, default, () => []),
        new RunFolders(4000, []),
        RestoredSteps.None,
        new SeriesLimit(int.MaxValue, int.MaxValue));
    private readonly MessageReader _reader = new(new ShapeMemory(long.MaxValue));
    private readonly MessageMapper _mapper;
    private readonly Message _message = new();
    private readonly RecordBuffer _records = new();

    public LinePipeline() => _mapper = new MessageMapper(_runs);

    /// <summary>Reads one line, given without its newline.</summary>
    public (string Result, int InvalidElements) Take(ReadOnlySpan<byte> line) => TakeWhole([.. line, (byte)'\n']);

    /// <summary>Reads one line, given with its newline; what came of it, and what in it was passed over.</summary>
    public (string Result, int InvalidElements) TakeWhole(ReadOnlySpan<byte> line)
    {
        var result = _reader.Read(line, _message);
        if (result == LineResult.Accepted)
        {
            lock (_runs.Gate)
            {
                Xunit.Assert.True(_mapper.TryAppend(line, _message, new Arrival(1, 0)), "there was no room for a message's points");
            }
        }

        return (result.ToString(), result == LineResult.Accepted ? _message.InvalidElements : 0);
    }

    /// <summary>What is kept for those who look, by run and tag.</summary>
    public Dictionary<(string Run, string Tag), List<KeptPoint>> LookAtPoints()
    {
        var points = new Dictionary<(string Run, string Tag), List<KeptPoint>>();
        using var view = _runs.Look();
        foreach (var run in view.Runs)
        {
            foreach (var series in run.Series)
            {
                series.Kept.CopyTo(points[(Encoding.Latin1.GetString(run.Name), Encoding.UTF8.GetString(series.Tag))] = []);
            }
        }

        return points;
    }

    /// <summary>Gives up the oldest points of each run, as where they cannot be written.</summary>
    public void DropOldest()
    {
        RunWriter[] runs;
        lock (_runs.Gate)
        {
            runs = [.. _runs.Runs];
        }

        foreach (var run in runs)
        {
            _runs.DropOldest(run, out _);
        }
    }

    /// <summary>The points since the last call by run (its name's bytes as Latin-1) and tag, in order.</summary>
    public Dictionary<(string Run, string Tag), List<float>> TakePoints()
    {
        var points = new Dictionary<(string Run, string Tag), List<float>>();
        foreach (var run in _runs.Runs)
        {
            run.Seal();
            for (var chunk = run.BeginWrite(); chunk is not null; chunk = run.Advance())
            {
                _runs.Keep(run, chunk);
                var records = TFRecordReader.Read(_records.Fill(run, chunk));
                Xunit.Assert.False(records.IsTorn, "the records of a chunk end inside one");
                foreach (var record in records.Records)
                {
                    var value = Xunit.Assert.Single(EventRecord.Parse(record.Span).Values);
                    var key = (Encoding.Latin1.GetString(run.Name), value.Tag);
                    (points.TryGetValue(key, out var list) ? list : points[key] = []).Add(value.SimpleValue!.Value);
                }
            }
        }

        return points;
    }
}
