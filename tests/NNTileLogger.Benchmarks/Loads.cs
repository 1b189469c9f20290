using System.Globalization;
using System.Text;

namespace NNTileLogger.Benchmarks;

/// <summary>Makes lines as NNTile's clients send them, from a seed: the same bytes every time.</summary>
internal static class Loads
{
    public const int NodePoints = 144;
    public const int ScalarsPoints = 1_000;
    public const int SmallPoints = 2;

    // More than the caches of branch predictors hold, and little enough for the sender to be no burden.
    private const int BlockBytes = 1 << 20;
    private const int Seed = 7;
    private const long DeviceMemory = 80L << 30;

    /// <summary>The loads that can be asked for by name.</summary>
    public static IReadOnlyList<string> Names { get; } = ["node", "scalars", "small"];

    /// <summary>A load of about 1 MB by its name.</summary>
    public static Load Block(string name) => name switch
    {
        "node" => Node(BlockBytes / 17_000),
        "scalars" => Scalars(BlockBytes / 20_000),
        "small" => Small(BlockBytes / 120),
        _ => throw new RunFailedException($"There is no load '{name}'; there are {string.Join(", ", Names)}."),
    };

    /// <summary>A load of about 1 MB, or one message, in which each message has one value for each of many series.</summary>
    public static Load ManySeriesBlock(int series) => ManySeries(series, Math.Max(1, BlockBytes / (45 * series)));

    /// <summary>A node of 8 GPUs and 32 CPUs as NNTile's logger thread describes it: about 17 KB a message.</summary>
    public static Load Node(int messages)
    {
        string[] gpus = [.. Enumerable.Range(0, 8).Select(k => $" (NVIDIA H100 80GB HBM3 79.1 GiB {k:x2}:00.0)")];
        string[] workers = [.. Enumerable.Range(0, 32).Select(k => $"CPU {k}"), .. gpus.Select((gpu, k) => $"CUDA {k}.0{gpu}")];
        string[] memory = ["NUMA 0", .. gpus.Select((gpu, k) => $"CUDA {k}{gpu}")];
        var links = memory.SelectMany(from => memory.Where(to => to != from).Select(to => (From: from, To: to))).ToArray();
        return Make("node", messages, NodePoints, (text, random) =>
        {
            text.Append("{\"buses\":");
            AppendArray(text, links, link => Invariant($"{{\"dst_name\":\"{link.To}\",\"src_name\":\"{link.From}\",\"total_bus_time\":{Seconds(random)},\"transferred_bytes\":{random.NextInt64(1L << 36)}}}"));
            text.Append(",\"memory_nodes\":");
            AppendArray(text, memory, name => Invariant($"{{\"name\":\"{name}\",\"size\":{random.NextInt64(DeviceMemory)}}}"));
            text.Append(",\"scalars\":[");
            AppendScalar(text, "Train loss", 4, random).Append(',');
            AppendScalar(text, "Validation/accuracy", 1, random).Append("],\"workers\":");
            AppendArray(text, workers, name => Invariant($"{{\"flops\":{random.NextDouble() * (name[1] == 'P' ? 1e13 : 1e14)},\"name\":\"{name}\",\"total_time\":{Seconds(random)}}}"));
            text.Append('}');
        });
    }

    /// <summary>Ten scalars of 100 values: about 20 KB a message.</summary>
    public static Load Scalars(int messages) => OfScalars("scalars", messages, Numbered("Training/loss_", 10), 100);

    /// <summary>Two scalars of one value: about 120 bytes a message.</summary>
    public static Load Small(int messages) => OfScalars("small", messages, ["Train loss", "lr"], 1);

    /// <summary>One value for each of many scalars.</summary>
    public static Load ManySeries(int series, int messages) => OfScalars("many series", messages, Numbered("Series ", series), 1);

    private static string[] Numbered(string prefix, int count) => [.. Enumerable.Range(0, count).Select(k => Invariant($"{prefix}{k}"))];

    private static Load OfScalars(string name, int messages, string[] scalars, int values) =>
        Make(name, messages, scalars.Length * values, (text, random) =>
        {
            text.Append("{\"buses\":[],\"memory_nodes\":[],\"workers\":[],\"scalars\":[");
            foreach (var scalar in scalars)
            {
                AppendScalar(text, scalar, values, random).Append(',');
            }

            text.Length--;
            text.Append("]}");
        });

    private static Load Make(string name, int messages, int points, Action<StringBuilder, Random> append)
    {
        var random = new Random(Seed);
        var text = new StringBuilder();
        for (var i = 0; i < messages; i++)
        {
            append(text, random);
            text.Append('\n');
        }

        return new Load(name, Encoding.UTF8.GetBytes(text.ToString()), messages, points);
    }

    private static StringBuilder AppendScalar(StringBuilder text, string name, int values, Random random)
    {
        text.Append(CultureInfo.InvariantCulture, $"{{\"name\":\"{name}\",\"values\":[");
        for (var i = 0; i < values; i++)
        {
            text.Append(CultureInfo.InvariantCulture, $"{random.NextDouble()},");
        }

        text.Length--;
        return text.Append("]}");
    }

    private static void AppendArray<T>(StringBuilder text, T[] items, Func<T, string> element) =>
        text.Append('[').AppendJoin(',', items.Select(element)).Append(']');

    // A message comes every half second.
    private static double Seconds(Random random) => 0.5 + (random.NextDouble() * 1e-3);

    private static string Invariant(FormattableString text) => FormattableString.Invariant(text);
}
