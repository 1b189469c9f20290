using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace NNTileLogger.AppHost.Tests.Support;

/// <summary>
/// A file of what a client sent, and the points it must become, worked out here from the wire's description
/// and from nothing of the service.
/// </summary>
internal sealed partial class Capture
{
    private readonly Dictionary<(string Run, string Tag), List<float>> _series = [];

    private Capture(string[] lines)
    {
        Lines = lines;
        foreach (var line in lines)
        {
            // Bare nan and inf are no JSON; quoted they mean the same.
            using var message = JsonDocument.Parse(NumberWord().Replace(line, "\"$1\""));
            Workers(message.RootElement);
            Buses(message.RootElement);
            MemoryNodes(message.RootElement);
            Scalars(message.RootElement);
        }
    }

    public IReadOnlyList<string> Lines { get; }

    /// <summary>The values of each series in order; the first one's step is 1.</summary>
    public IReadOnlyDictionary<(string Run, string Tag), List<float>> Series => _series;

    public static Capture Read(string name)
        => new([.. File.ReadAllLines(Path.Combine(AppContext.BaseDirectory, "Captures", name)).Where(line => line.Length > 0)]);

    [GeneratedRegex(@"(?<=[\[,:])\s*(-?(?:nan|inf))(?=[,\]}])", RegexOptions.IgnoreCase)]
    private static partial Regex NumberWord();

    private void Workers(JsonElement message)
    {
        foreach (var worker in Elements(message, "workers"))
        {
            Add(Text(worker, "name"), "Perf/GFlops/s", Rate(Number(worker, "flops"), Number(worker, "total_time")));
        }
    }

    private void Buses(JsonElement message)
    {
        var sent = new Dictionary<string, double>();
        var received = new Dictionary<string, double>();
        foreach (var bus in Elements(message, "buses"))
        {
            var (source, destination) = (Text(bus, "src_name"), Text(bus, "dst_name"));
            var rate = Rate(Number(bus, "transferred_bytes"), Number(bus, "total_bus_time"));
            Add($"{source}->{destination}", "Perf/Data_link_GB/s", rate);
            sent[source] = sent.GetValueOrDefault(source) + rate;
            received[destination] = received.GetValueOrDefault(destination) + rate;
        }

        foreach (var (name, rate) in sent)
        {
            Add(name, "Perf/Data_send_GB/s", rate);
        }

        foreach (var (name, rate) in received)
        {
            Add(name, "Perf/Data_recv_GB/s", rate);
        }
    }

    private void MemoryNodes(JsonElement message)
    {
        foreach (var node in Elements(message, "memory_nodes"))
        {
            Add(Text(node, "name"), "MemoryUsage by GB", Number(node, "size") / (1 << 30));
        }
    }

    private void Scalars(JsonElement message)
    {
        foreach (var scalar in Elements(message, "scalars"))
        {
            foreach (var value in scalar.GetProperty("values").EnumerateArray())
            {
                Add(Text(scalar, "name"), Text(scalar, "name"), Number(value));
            }
        }
    }

    private void Add(string run, string tag, double value)
    {
        if (!_series.TryGetValue((run, tag), out var values))
        {
            _series[(run, tag)] = values = [];
        }

        values.Add((float)value);
    }

    private static double Rate(double amount, double seconds) => seconds == 0 ? 0 : amount / seconds / 1e9;

    private static JsonElement.ArrayEnumerator Elements(JsonElement message, string name)
        => message.TryGetProperty(name, out var array) && array.ValueKind == JsonValueKind.Array ? array.EnumerateArray() : default;

    private static string Text(JsonElement element, string name) => element.GetProperty(name).GetString()!;

    private static double Number(JsonElement element, string name)
        => element.TryGetProperty(name, out var value) ? Number(value) : 0;

    private static double Number(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Null => double.NaN,
        JsonValueKind.String => value.GetString()!.ToLowerInvariant() switch
        {
            "nan" or "-nan" => double.NaN,
            "inf" => double.PositiveInfinity,
            "-inf" => double.NegativeInfinity,
            var text => double.Parse(text, CultureInfo.InvariantCulture),
        },
        _ => value.GetDouble(),
    };
}
