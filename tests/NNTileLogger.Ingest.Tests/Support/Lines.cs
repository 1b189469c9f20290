using System.Globalization;
using System.Text.Json;

namespace NNTileLogger.Ingest.Tests.Support;

/// <summary>Makes the lines that clients send, for tests to read easily. Each ends with its newline.</summary>
internal static class Lines
{
    /// <summary>One scalar of the user with these values.</summary>
    public static string Scalar(string name, params double[] values) =>
        $$"""{"scalars":[{"name":{{Quote(name)}},"values":[{{Join(values)}}]}]}""" + "\n";

    /// <summary>Workers with the time since their last message, and one scalar: what a training program sends.</summary>
    public static string Training(double totalTime, string scalar, double value, params string[] workers)
    {
        var elements = workers.Select(name => $$"""{"name":{{Quote(name)}},"total_time":{{Number(totalTime)}},"flops":1e9}""");
        return $$"""{"workers":[{{string.Join(',', elements)}}],"scalars":[{"name":{{Quote(scalar)}},"values":[{{Number(value)}}]}]}""" + "\n";
    }

    /// <summary>A message as an 8-GPU, 32-CPU node sends it: 40 workers, 9 memory nodes, 72 buses, 2 scalars; 123 runs.</summary>
    public static string Node(int number, string host = "")
    {
        var gpus = Enumerable.Range(0, 8).Select(k => $"CUDA {k}.0 (NVIDIA H100 80GB HBM3 79.1 GiB 0{k}:00.0)").ToList();
        var memory = gpus.Select(name => name.Replace(".0 (", " (", StringComparison.Ordinal)).Prepend("NUMA 0").Select(name => host + name).ToList();
        var workers = Enumerable.Range(0, 32).Select(k => $"CPU {k}").Concat(gpus)
            .Select((name, k) => $$"""{"flops":{{number + k}}e9,"name":{{Quote(host + name)}},"total_time":0.5}""");
        var buses = memory.SelectMany(source => memory.Where(destination => destination != source).Select((destination, k) =>
            $$"""{"dst_name":{{Quote(destination)}},"src_name":{{Quote(source)}},"total_bus_time":0.5,"transferred_bytes":{{number + k}}000000}"""));
        var nodes = memory.Select((name, k) => $$"""{"name":{{Quote(name)}},"size":{{number + k}}000000}""");
        return $$"""{"buses":[{{string.Join(',', buses)}}],"memory_nodes":[{{string.Join(',', nodes)}}],"scalars":[{"name":{{Quote(host + "Train loss")}},"values":[{{number}}.5]},{"name":{{Quote(host + "Validation/accuracy")}},"values":[0.{{number}}]}],"workers":[{{string.Join(',', workers)}}]}"""
            + "\n";
    }

    public static string Quote(string text) => JsonSerializer.Serialize(text);

    private static string Join(double[] values) => string.Join(',', values.Select(Number));

    private static string Number(double value) => value.ToString("R", CultureInfo.InvariantCulture);
}
