using System.Buffers.Binary;
using System.Text;

namespace NNTileLogger.Ingest.Tests.Support;

/// <summary>An event file as other programs write it, record by record; written by hand, without the product's writers.</summary>
internal sealed class EventFileBuilder
{
    public const double FirstTime = 1_700_000_000;

    private readonly List<byte> _file = [];

    public EventFileBuilder() => Add(0, Bytes(3, "brain.Event:2"u8));

    public byte[] ToArray() => _file.ToArray();

    public int Length => _file.Count;

    /// <summary>A number in the old encoding, as most writers still have it.</summary>
    public EventFileBuilder Scalar(long step, string tag, float value) => Value(step, tag, Float(2, value));

    /// <summary>A number as TensorFlow 2 writes it.</summary>
    public EventFileBuilder ScalarTensor(long step, string tag, float value) =>
        Value(step, tag, [.. Bytes(8, [.. Varint(1, 1), .. Bytes(2, []), .. Float(5, value)]), .. Plugin("scalars")]);

    /// <summary>A text.</summary>
    public EventFileBuilder Text(long step, string tag, string text) =>
        Value(step, tag, [.. Bytes(8, [.. Varint(1, 7), .. Bytes(8, Encoding.UTF8.GetBytes(text))]), .. Plugin("text")]);

    /// <summary>An image in the old encoding.</summary>
    public EventFileBuilder Image(long step, string tag, byte[] encoded) =>
        Value(step, tag, Bytes(4, [.. Varint(1, 2), .. Varint(2, 3), .. Bytes(4, encoded)]));

    /// <summary>A histogram in the old encoding.</summary>
    public EventFileBuilder Histogram(long step, string tag, double[] limits, double[] buckets) =>
        Value(step, tag, Bytes(5, [.. Double(1, -1), .. Double(2, 1), .. Bytes(6, Packed(limits)), .. Bytes(7, Packed(buckets))]));

    /// <summary>A sound as TensorFlow 2 writes it, with its label.</summary>
    public EventFileBuilder Audio(long step, string tag, byte[] wav, string label)
    {
        const ulong Wav = 11;
        byte[] tensor = [.. Varint(1, 7), .. Shape(1, 2), .. Bytes(8, wav), .. Bytes(8, Encoding.UTF8.GetBytes(label))];
        return Value(step, tag, [.. Bytes(8, tensor), .. Plugin("audio", Varint(2, Wav))]);
    }

    /// <summary>The corners of a mesh.</summary>
    public EventFileBuilder Mesh(long step, string name, params float[] coordinates)
    {
        const ulong Vertex = 1, OnlyVertices = 1 << 1;
        byte[] tensor = [.. Varint(1, 1), .. Shape(1, coordinates.Length / 3, 3), .. Bytes(4, [.. coordinates.SelectMany(BitConverter.GetBytes)])];
        byte[] mesh =
        [
            .. Bytes(2, Encoding.UTF8.GetBytes(name)), .. Varint(3, Vertex), .. Bytes(5, "{}"u8),
            .. Bytes(6, [1, (byte)(coordinates.Length / 3), 3]), .. Varint(7, OnlyVertices),
        ];
        return Value(step, name + "_VERTEX", [.. Bytes(8, tensor), .. Plugin("mesh", mesh)]);
    }

    /// <summary>The layout of the Custom Scalars page, of one chart.</summary>
    public EventFileBuilder Layout(string category, string chart, string tag)
    {
        byte[] content = [.. Bytes(1, Encoding.UTF8.GetBytes(chart)), .. Bytes(2, Bytes(1, Encoding.UTF8.GetBytes(tag)))];
        var layout = Bytes(2, [.. Bytes(1, Encoding.UTF8.GetBytes(category)), .. Bytes(2, content)]);
        return Value(0, "custom_scalars__config__", [.. Bytes(8, [.. Varint(1, 7), .. Bytes(8, layout)]), .. Plugin("custom_scalars")]);
    }

    /// <summary>A graph.</summary>
    public EventFileBuilder Graph(byte[] graph)
    {
        Add(0, Bytes(4, graph));
        return this;
    }

    /// <summary>Anything between two records.</summary>
    public EventFileBuilder Raw(byte[] bytes)
    {
        _file.AddRange(bytes);
        return this;
    }

    /// <summary>Writes the file so far to its place.</summary>
    public void Save(string directory, string name = "events.out.tfevents.1700000000.host.1.0")
    {
        Directory.CreateDirectory(directory);
        File.WriteAllBytes(Path.Combine(directory, name), _file.ToArray());
    }

    private EventFileBuilder Value(long step, string tag, byte[] value)
    {
        Add(step, Bytes(5, Bytes(1, [.. Bytes(1, Encoding.UTF8.GetBytes(tag)), .. value])));
        return this;
    }

    private void Add(long step, byte[] what)
    {
        byte[] data = [.. Double(1, FirstTime + step), .. Varint(2, (ulong)step), .. what];
        var length = new byte[8];
        BinaryPrimitives.WriteUInt64LittleEndian(length, (ulong)data.Length);
        _file.AddRange(length);
        _file.AddRange(BitConverter.GetBytes(Crc32C.ComputeMasked(length)));
        _file.AddRange(data);
        _file.AddRange(BitConverter.GetBytes(Crc32C.ComputeMasked(data)));
    }

    private static byte[] Plugin(string name, params byte[] content) =>
        Bytes(9, Bytes(1, [.. Bytes(1, Encoding.UTF8.GetBytes(name)), .. Bytes(2, content)]));

    private static byte[] Shape(params int[] sizes) => Bytes(2, [.. sizes.SelectMany(size => Bytes(2, Varint(1, (ulong)size)))]);

    private static byte[] Packed(double[] values) => [.. values.SelectMany(BitConverter.GetBytes)];

    private static byte[] Double(int field, double value) => [.. Number((ulong)((field << 3) | 1)), .. BitConverter.GetBytes(value)];

    private static byte[] Float(int field, float value) => [.. Number((ulong)((field << 3) | 5)), .. BitConverter.GetBytes(value)];

    private static byte[] Varint(int field, ulong value) => [.. Number((ulong)(field << 3)), .. Number(value)];

    private static byte[] Bytes(int field, ReadOnlySpan<byte> value) => [.. Number((ulong)((field << 3) | 2)), .. Number((ulong)value.Length), .. value];

    private static byte[] Number(ulong value)
    {
        var bytes = new List<byte>();
        for (; value >= 0x80; value >>= 7)
        {
            bytes.Add((byte)(value | 0x80));
        }

        bytes.Add((byte)value);
        return [.. bytes];
    }
}
