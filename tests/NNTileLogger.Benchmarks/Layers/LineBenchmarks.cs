using BenchmarkDotNet.Attributes;
using NNTileLogger.Ingest;
using NNTileLogger.Ingest.Protocol;

namespace NNTileLogger.Benchmarks.Layers;

/// <summary>Received blocks to lines (LineBuffer); a copy of the block stands for what the socket does.</summary>
[MemoryDiagnoser]
public class LineBenchmarks
{
    private const int NodeMessages = 32;
    private const int ScalarsMessages = 26;
    private const int SmallMessages = 4_000;

    private readonly Load _node = Loads.Node(NodeMessages);
    private readonly Load _scalars = Loads.Scalars(ScalarsMessages);
    private readonly Load _small = Loads.Small(SmallMessages);
    private readonly LineBuffer _buffer = new(new LineBudget(long.MaxValue, new IngestMetrics()), 1 << 26);

    /// <summary>Lines of 17 KB, 144 points each.</summary>
    [Benchmark(OperationsPerInvoke = NodeMessages * Loads.NodePoints)]
    public long Node() => Cut(_node);

    /// <summary>Lines of 20 KB, 1,000 points each.</summary>
    [Benchmark(OperationsPerInvoke = ScalarsMessages * Loads.ScalarsPoints)]
    public long Scalars() => Cut(_scalars);

    /// <summary>Lines of 120 bytes, two points each.</summary>
    [Benchmark(OperationsPerInvoke = SmallMessages * Loads.SmallPoints)]
    public long Small() => Cut(_small);

    private long Cut(Load load)
    {
        var length = 0L;
        for (var sent = 0; sent < load.Bytes.Length;)
        {
            var room = _buffer.BeginReceive(much: true);
            var count = Math.Min(room.Length, load.Bytes.Length - sent);
            load.Bytes.AsMemory(sent, count).CopyTo(room);
            _buffer.EndReceive(count);
            sent += count;
            while (_buffer.TryReadLine(out var line))
            {
                length += line.Length;
            }

            _buffer.Park();
        }

        return length;
    }
}
