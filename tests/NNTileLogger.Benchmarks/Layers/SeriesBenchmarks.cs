using BenchmarkDotNet.Attributes;
using NNTileLogger.Ingest.EventFiles;
using NNTileLogger.Ingest.Points;
using NNTileLogger.Ingest.Protocol;
using NNTileLogger.Ingest.Series;

namespace NNTileLogger.Benchmarks.Layers;

/// <summary>Messages to records (MessageMapper, the runs of a session and RecordBuffer), without a disk.</summary>
[MemoryDiagnoser]
public class SeriesBenchmarks
{
    private const int NodeMessages = 32;
    private const int ScalarsMessages = 26;
    private const int SmallMessages = 4_000;

    private readonly Messages _node = new(Loads.Node(NodeMessages));
    private readonly Messages _scalars = new(Loads.Scalars(ScalarsMessages));
    private readonly Messages _small = new(Loads.Small(SmallMessages));

    /// <summary>123 runs, most with one point a message.</summary>
    [Benchmark(OperationsPerInvoke = NodeMessages * Loads.NodePoints)]
    public long Node() => _node.Append();

    /// <summary>Ten runs with 100 points a message.</summary>
    [Benchmark(OperationsPerInvoke = ScalarsMessages * Loads.ScalarsPoints)]
    public long Scalars() => _scalars.Append();

    /// <summary>Two runs with one point a message.</summary>
    [Benchmark(OperationsPerInvoke = SmallMessages * Loads.SmallPoints)]
    public long Small() => _small.Append();

    /// <summary>The messages of a load, read, and a session that takes them in.</summary>
    private sealed class Messages
    {
        private readonly Load _load;
        private readonly Range[] _places;
        private readonly Message[] _messages;
        private readonly RunSet _runs = new(
            null!, new PointBuffer(1L << 40), new PointMemory(64 << 20), new SessionPlace(null!, default, () => []), new RunFolders(4000, []), RestoredSteps.None, new SeriesLimit(int.MaxValue, int.MaxValue));
        private readonly MessageMapper _mapper;
        private readonly Queue<RunWriter> _dirty = new();
        private readonly RecordBuffer _records = new();

        public Messages(Load load)
        {
            _load = load;
            _places = load.Lines();
            var reader = new MessageReader(new ShapeMemory(long.MaxValue));
            _messages = [.. _places.Select(place => Read(reader, load.Bytes.AsSpan(place)))];
            _mapper = new MessageMapper(_runs);
        }

        public long Append()
        {
            lock (_runs.Gate)
            {
                var arrival = _runs.Arrive(DateTimeOffset.UnixEpoch, 0);
                for (var i = 0; i < _messages.Length; i++)
                {
                    _mapper.TryAppend(_load.Bytes.AsSpan(_places[i]), _messages[i], arrival);
                }
            }

            Drain();
            return _mapper.Points;
        }

        // As the writer thread does, but for the writing.
        private void Drain()
        {
            _runs.Dirty.Take(_dirty);
            while (_dirty.TryDequeue(out var run))
            {
                run.Seal();
                var chunk = run.BeginWrite();
                while (chunk is not null)
                {
                    _records.Fill(run, chunk);
                    var next = run.Advance();
                    _runs.Buffer.Return(chunk);
                    chunk = next;
                }
            }
        }

        private static Message Read(MessageReader reader, ReadOnlySpan<byte> line)
        {
            var message = new Message();
            return reader.Read(line, message) == LineResult.Accepted ? message : throw new RunFailedException("A line of a load is not good.");
        }
    }
}
