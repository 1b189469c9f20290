using System.Globalization;
using System.Text;
using BenchmarkDotNet.Attributes;
using NNTileLogger.Ingest.Protocol;

namespace NNTileLogger.Benchmarks.Layers;

/// <summary>Numbers as clients send them (JsonNumber), beside the framework's parser.</summary>
[MemoryDiagnoser]
public class NumberBenchmarks
{
    private const int Count = 10_000;

    private readonly List<Range> _places = [];
    private byte[] _line = [];

    /// <summary>Which numbers.</summary>
    public enum Shape
    {
        /// <summary>16 or 17 digits behind the point, as shortest texts of doubles have.</summary>
        Fraction,

        /// <summary>Integers of 11 digits, as bytes are counted.</summary>
        Counter,

        /// <summary>With an exponent, as small losses and learning rates have.</summary>
        Exponent,
    }

    /// <summary>Which numbers.</summary>
    [ParamsAllValues]
    public Shape Numbers { get; set; }

    /// <summary>Writes the numbers, with commas between.</summary>
    [GlobalSetup]
    public void Setup()
    {
        var random = new Random(7);
        var line = new StringBuilder();
        for (var i = 0; i < Count; i++)
        {
            var number = Next(random);
            _places.Add(line.Length..(line.Length + number.Length));
            line.Append(number).Append(i < Count - 1 ? ',' : '\n');
        }

        _line = Encoding.UTF8.GetBytes(line.ToString());
    }

    /// <summary>The service's reader, which finds the end of a number itself.</summary>
    [Benchmark(OperationsPerInvoke = Count)]
    public double Read()
    {
        var sum = 0d;
        for (var at = 0; at < _line.Length; at++)
        {
            at = JsonNumber.Read(_line, at, out var value);
            sum += value;
        }

        return sum;
    }

    /// <summary>The framework's parser, told where a number ends.</summary>
    [Benchmark(Baseline = true, OperationsPerInvoke = Count)]
    public double Parse()
    {
        var sum = 0d;
        foreach (var place in _places)
        {
            sum += double.Parse(_line.AsSpan(place), NumberStyles.Float, CultureInfo.InvariantCulture);
        }

        return sum;
    }

    private string Next(Random random) => Numbers switch
    {
        Shape.Fraction => random.NextDouble().ToString(CultureInfo.InvariantCulture),
        Shape.Counter => random.NextInt64(10_000_000_000, 100_000_000_000).ToString(CultureInfo.InvariantCulture),
        _ => (random.NextDouble() * 1e-6).ToString("E15", CultureInfo.InvariantCulture),
    };
}
