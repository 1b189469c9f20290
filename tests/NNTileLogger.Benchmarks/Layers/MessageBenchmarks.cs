using BenchmarkDotNet.Attributes;
using NNTileLogger.Ingest.Protocol;

namespace NNTileLogger.Benchmarks.Layers;

/// <summary>Lines to messages (MessageReader), numbers included.</summary>
[MemoryDiagnoser]
public class MessageBenchmarks
{
    private const int NodeMessages = 32;
    private const int ScalarsMessages = 26;
    private const int SmallMessages = 4_000;

    private readonly Lines _node = new(Loads.Node(NodeMessages));
    private readonly Lines _scalars = new(Loads.Scalars(ScalarsMessages));
    private readonly Lines _small = new(Loads.Small(SmallMessages));

    /// <summary>Workers, buses, memory nodes and a few scalars: 144 points a line.</summary>
    [Benchmark(OperationsPerInvoke = NodeMessages * Loads.NodePoints)]
    public int Node() => _node.Read();

    /// <summary>Ten scalars of 100 values: 1,000 points a line.</summary>
    [Benchmark(OperationsPerInvoke = ScalarsMessages * Loads.ScalarsPoints)]
    public int Scalars() => _scalars.Read();

    /// <summary>Two scalars of one value: two points a line.</summary>
    [Benchmark(OperationsPerInvoke = SmallMessages * Loads.SmallPoints)]
    public int Small() => _small.Read();

    /// <summary>The lines of a load with what one connection needs to read them.</summary>
    private sealed class Lines(Load load)
    {
        private readonly Range[] _places = load.Lines();
        private readonly MessageReader _reader = new(new ShapeMemory(long.MaxValue));
        private readonly Message _message = new();

        public int Read()
        {
            var accepted = 0;
            foreach (var place in _places)
            {
                accepted += _reader.Read(load.Bytes.AsSpan(place), _message) == LineResult.Accepted ? 1 : 0;
            }

            return accepted;
        }
    }
}
