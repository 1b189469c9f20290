using System.Text;
using BenchmarkDotNet.Attributes;
using Google.Protobuf;
using NNTileLogger.Ingest.EventFiles;
using NNTileLogger.Ingest.EventFiles.Protos;

namespace NNTileLogger.Benchmarks.Layers;

/// <summary>Points to sealed records (ScalarRecord), beside the generated messages that have the same bytes.</summary>
[MemoryDiagnoser]
public class RecordBenchmarks
{
    private const int Count = 1_000;
    private const double WallTime = 1_770_000_000.25;
    private const string Tag = "Perf/Data_link_GB/s";

    private readonly byte[] _destination = new byte[1 << 17];
    private readonly float[] _values = [.. Enumerable.Range(0, Count).Select(k => k * 0.37f)];
    private readonly ScalarRecord _record = new(Encoding.UTF8.GetBytes(Tag));
    private readonly ScalarRecord[] _records = [.. Enumerable.Range(0, Count).Select(_ => new ScalarRecord(Encoding.UTF8.GetBytes(Tag)))];
    private long _step;

    /// <summary>Many values of one series, as a user's scalar has them.</summary>
    [Benchmark(OperationsPerInvoke = Count)]
    public int ValuesOfOneSeries()
    {
        var size = _record.Write(_destination, _step + 1, _values, WallTime, out var written);
        _step += written;
        return size;
    }

    /// <summary>One value of each series, as workers and buses have them.</summary>
    [Benchmark(OperationsPerInvoke = Count)]
    public int ValueOfEachSeries()
    {
        _step++;
        var at = 0;
        for (var i = 0; i < Count; i++)
        {
            at += _records[i].Write(_destination.AsSpan(at), _step, _values.AsSpan(i, 1), WallTime, out _);
        }

        return at;
    }

    /// <summary>The generated messages, written and sealed.</summary>
    [Benchmark(Baseline = true, OperationsPerInvoke = Count)]
    public int GeneratedMessages()
    {
        var at = 0;
        foreach (var value in _values)
        {
            var point = new Event
            {
                WallTime = WallTime,
                Step = ++_step,
                Summary = new Summary { Value = { new Summary.Types.Value { Tag = Tag, SimpleValue = value } } },
            };
            var record = _destination.AsSpan(at, point.CalculateSize() + TFRecord.Overhead);
            point.WriteTo(record[TFRecord.HeaderSize..^TFRecord.FooterSize]);
            TFRecord.Seal(record);
            at += record.Length;
        }

        return at;
    }
}
