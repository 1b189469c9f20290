using System.Text;

namespace NNTileLogger.Ingest.Tests.Support;

/// <summary>
/// The slow, obvious reading of a line: bytes to a tree, the tree to points. It is what the product's reader is held against.
/// Points come in the order of the line; the sums over the buses of the message follow, senders first, each in order of appearance.
/// </summary>
internal static class WireReference
{
    private static readonly byte[] _workerTag = [.. "Perf/GFlops/s"u8];
    private static readonly byte[] _busTag = [.. "Perf/Data_link_GB/s"u8];
    private static readonly byte[] _sentTag = [.. "Perf/Data_send_GB/s"u8];
    private static readonly byte[] _receivedTag = [.. "Perf/Data_recv_GB/s"u8];
    private static readonly byte[] _memoryTag = [.. "MemoryUsage by GB"u8];

    /// <summary>Reads one line, given without its newline.</summary>
    public static WireReferenceResult Read(ReadOnlySpan<byte> line)
    {
        if (line.Trim(" \t\r\n"u8).IsEmpty)
        {
            return new WireReferenceResult(WireOutcome.Blank, [], 0);
        }

        try
        {
            return new Walk().Message(new WireTreeReader(line.ToArray()).ReadLine());
        }
        catch (WireRejectedException rejected)
        {
            return new WireReferenceResult(rejected.Outcome, [], 0);
        }
    }

    /// <summary>A name as files and pages show it: broken UTF-8 as U+FFFD, an unpaired surrogate as one of them.</summary>
    public static string Text(ReadOnlySpan<byte> name)
    {
        var text = new StringBuilder();
        while (!name.IsEmpty)
        {
            if (name is [0xED, >= 0xA0 and <= 0xBF, >= 0x80 and <= 0xBF, ..])
            {
                text.Append('\uFFFD');
                name = name[3..];
                continue;
            }

            Rune.DecodeFromUtf8(name, out var rune, out var taken);
            text.Append(rune.ToString());
            name = name[taken..];
        }

        return text.ToString();
    }

    /// <summary>The walk over one message's tree.</summary>
    private sealed class Walk
    {
        private readonly List<WirePoint> _points = [];
        private readonly List<(byte[] Name, double Sum)> _sent = [];
        private readonly List<(byte[] Name, double Sum)> _received = [];
        private int _invalid;

        public WireReferenceResult Message(WireValue message)
        {
            foreach (var (name, value) in message.Members)
            {
                switch (Encoding.Latin1.GetString(name))
                {
                    case "workers":
                        Elements(value, Worker);
                        break;
                    case "buses":
                        Elements(value, Bus);
                        break;
                    case "memory_nodes":
                        Elements(value, MemoryNode);
                        break;
                    case "scalars":
                        Elements(value, Scalar);
                        break;
                }
            }

            _points.AddRange(_sent.Select(sum => new WirePoint(sum.Name, _sentTag, (float)sum.Sum)));
            _points.AddRange(_received.Select(sum => new WirePoint(sum.Name, _receivedTag, (float)sum.Sum)));
            return new WireReferenceResult(WireOutcome.Accepted, _points, _invalid);
        }

        // An array may be null. Where it is something else, the whole of it is one bad part.
        private void Elements(WireValue array, Func<WireValue, bool> element)
        {
            if (array.Kind == WireValueKind.Null)
            {
                return;
            }

            if (array.Kind != WireValueKind.Array)
            {
                _invalid++;
                return;
            }

            foreach (var item in array.Items)
            {
                if (item.Kind != WireValueKind.Object || !element(item))
                {
                    _invalid++;
                }
            }
        }

        private bool Worker(WireValue worker)
        {
            if (!TryName(worker, "name"u8, out var name)
                || !TryNumber(worker, "flops"u8, out var flops)
                || !TryNumber(worker, "total_time"u8, out var time))
            {
                return false;
            }

            _points.Add(new WirePoint(name, _workerTag, (float)Rate(flops, time)));
            return true;
        }

        private bool Bus(WireValue bus)
        {
            if (!TryName(bus, "src_name"u8, out var source)
                || !TryName(bus, "dst_name"u8, out var destination)
                || !TryNumber(bus, "transferred_bytes"u8, out var bytes)
                || !TryNumber(bus, "total_bus_time"u8, out var time))
            {
                return false;
            }

            var rate = Rate(bytes, time);
            _points.Add(new WirePoint([.. source, .. "->"u8, .. destination], _busTag, (float)rate));
            Add(_sent, source, rate);
            Add(_received, destination, rate);
            return true;
        }

        private bool MemoryNode(WireValue node)
        {
            if (!TryName(node, "name"u8, out var name) || !TryNumber(node, "size"u8, out var size))
            {
                return false;
            }

            _points.Add(new WirePoint(name, _memoryTag, (float)(size / (1 << 30))));
            return true;
        }

        private bool Scalar(WireValue scalar)
        {
            if (!TryName(scalar, "name"u8, out var name))
            {
                return false;
            }

            var values = scalar.Last("values"u8);
            if (values is null or { Kind: WireValueKind.Null })
            {
                return true;
            }

            if (values.Kind != WireValueKind.Array)
            {
                return false;
            }

            foreach (var item in values.Items)
            {
                if (TryNumber(item, out var value))
                {
                    _points.Add(new WirePoint(name, name, (float)value));
                }
                else
                {
                    _invalid++;
                }
            }

            return true;
        }

        // StarPU's first tick has no time yet.
        private static double Rate(double amount, double time) => time == 0 ? 0 : amount / time / 1e9;

        private static void Add(List<(byte[] Name, double Sum)> sums, byte[] name, double value)
        {
            var at = sums.FindIndex(sum => name.AsSpan().SequenceEqual(sum.Name));
            if (at < 0)
            {
                sums.Add((name, value));
            }
            else
            {
                sums[at] = (name, sums[at].Sum + value);
            }
        }

        private static bool TryName(WireValue element, ReadOnlySpan<byte> member, out byte[] name)
        {
            var value = element.Last(member);
            name = value?.Kind == WireValueKind.Text ? value.Text : [];
            return name.Length > 0;
        }

        // An absent number is 0.
        private static bool TryNumber(WireValue element, ReadOnlySpan<byte> member, out double number)
        {
            number = 0;
            return element.Last(member) is not { } value || TryNumber(value, out number);
        }

        private static bool TryNumber(WireValue value, out double number)
        {
            number = value.Kind == WireValueKind.Null ? double.NaN : value.Number;
            return value.Kind is WireValueKind.Null or WireValueKind.Number
                || (value.Kind == WireValueKind.Text && WireTreeReader.TryReadNumber(value.Text, out number));
        }
    }
}

/// <summary>What becomes of a line.</summary>
internal enum WireOutcome
{
    Accepted,
    Blank,
    InvalidJson,
    TooDeep,
}

/// <summary>One point a line holds; the names are unescaped bytes, broken ones included (an unpaired surrogate escape as its three bytes).</summary>
internal sealed record WirePoint(byte[] Run, byte[] Tag, float Value)
{
    public override string ToString() => $"{WireReference.Text(Run)} | {WireReference.Text(Tag)} = {Value}";
}

/// <summary>What a line holds: its points in order, and how many elements and values in it were lost as invalid.</summary>
internal sealed record WireReferenceResult(WireOutcome Outcome, IReadOnlyList<WirePoint> Points, int InvalidElements);
