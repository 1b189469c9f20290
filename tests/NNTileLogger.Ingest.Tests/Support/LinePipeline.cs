using NNTileLogger.Ingest.EventFiles;
using NNTileLogger.Ingest.Protocol;
using NNTileLogger.Ingest.Series;

namespace NNTileLogger.Ingest.Tests.Support;

/// <summary>
/// The product's way from lines to records without a socket and without a disk: what its chunks hold is read back by
/// the strict reader.
/// </summary>
internal sealed class LinePipeline
{
    private readonly RunSet _runs = new(
        null!, new PointBuffer(1L << 40), new SessionPlace(null!, default, () => []), new RunFolders(4000, []), RestoredSteps.None, int.MaxValue);
    private readonly MessageReader _reader = new();
    private readonly MessageMapper _mapper;
    private readonly Message _message = new();

    public LinePipeline() => _mapper = new MessageMapper(_runs);

    /// <summary>Reads one line, given without its newline.</summary>
    public (LineResult Result, int InvalidElements) Take(ReadOnlySpan<byte> line)
    {
        byte[] whole = [.. line, (byte)'\n'];
        var result = _reader.Read(whole, _message);
        if (result == LineResult.Accepted)
        {
            lock (_runs.Gate)
            {
                Xunit.Assert.True(_mapper.TryAppend(whole, _message, new Arrival(1, 0)), "there was no room for a message's points");
            }
        }

        return (result, result == LineResult.Accepted ? _message.InvalidElements : 0);
    }

    /// <summary>The points since the last call by run (its name's bytes as Latin-1) and tag, in order.</summary>
    public Dictionary<(string Run, string Tag), List<float>> TakePoints()
    {
        var points = new Dictionary<(string Run, string Tag), List<float>>();
        foreach (var run in _runs.Runs)
        {
            for (var chunk = run.BeginWrite(everything: true); chunk is not null; chunk = run.Advance(chunk))
            {
                var records = TFRecordReader.Read(chunk.Filled);
                Xunit.Assert.False(records.IsTorn, "a chunk ends inside a record");
                foreach (var record in records.Records)
                {
                    var value = Xunit.Assert.Single(EventRecord.Parse(record).Values);
                    var key = (System.Text.Encoding.Latin1.GetString(run.Name), value.Tag);
                    (points.TryGetValue(key, out var list) ? list : points[key] = []).Add(value.SimpleValue!.Value);
                }
            }

            run.IsWriting = false;
        }

        return points;
    }
}
