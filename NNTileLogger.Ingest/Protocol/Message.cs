using System.Runtime.CompilerServices;

namespace NNTileLogger.Ingest.Protocol;

/// <summary>
/// The samples of one line, in flat lists that are filled anew for each line: names are places in the line, so that
/// nothing is allocated. One connection uses it at a time.
/// </summary>
internal sealed class Message
{
    // What a rare huge line needed is not kept for the small ones after it.
    private const int LargestKept = 1 << 16;

    // Of a line like the last one, the names stand in the shape of both.
    private LineShape? _shape;
    private int _shapeVersion;
    private byte[]? _namesIn;

    public Samples<WorkerSample> Workers { get; } = new();

    public Samples<BusSample> Buses { get; } = new();

    public Samples<MemoryNodeSample> MemoryNodes { get; } = new();

    public Samples<ScalarSample> Scalars { get; } = new();

    /// <summary>The values of all <see cref="Scalars"/>.</summary>
    public Samples<float> Values { get; } = new();

    /// <summary>Names that held escapes, as bytes.</summary>
    public Samples<byte> Unescaped { get; } = new();

    /// <summary>Elements that were passed over, and items of <c>values</c> that are no numbers.</summary>
    public int InvalidElements { get; set; }

    /// <summary>True where the message says nothing: no session begins with it.</summary>
    public bool HasNoSample =>
        Workers.Count == 0 && Buses.Count == 0 && MemoryNodes.Count == 0 && Values.Count == 0;

    /// <summary>Where the numbers stand in the line.</summary>
    public Samples<NumberPlace> Numbers { get; } = new();

    /// <summary>True where something stands in place of a plain number, or of the only values of a scalar.</summary>
    public bool HasOddNumbers { get; set; }

    /// <summary>True where the next line can be told to be like this one by comparing what is around its numbers.</summary>
    public bool HasShape => !HasOddNumbers && InvalidElements == 0 && Unescaped.Count == 0;

    /// <summary>Memory that a <see cref="LineShape"/> of this message takes beside the line.</summary>
    public long ShapeBytes =>
        (long)Numbers.Count * Unsafe.SizeOf<NumberPlace>()
        + ((long)Workers.Count * Unsafe.SizeOf<WorkerSample>())
        + ((long)Buses.Count * Unsafe.SizeOf<BusSample>())
        + ((long)MemoryNodes.Count * Unsafe.SizeOf<MemoryNodeSample>())
        + ((long)Scalars.Count * Unsafe.SizeOf<ScalarSample>());

    /// <summary>The bytes of a name.</summary>
    /// <param name="line">The line the message was read from.</param>
    /// <param name="name">A sample's name.</param>
    public ReadOnlySpan<byte> NameIn(ReadOnlySpan<byte> line, NamePlace name) =>
        (name.IsUnescaped ? Unescaped.Span : _namesIn ?? line).Slice(name.Start, name.Length);

    /// <summary>Takes over the samples of a shape; their numbers are still to be set.</summary>
    /// <param name="samples">The samples.</param>
    /// <param name="of">Whose they are.</param>
    /// <param name="version">Tells them from those it had before.</param>
    public void TakeNames(Message samples, LineShape of, int version)
    {
        if (_shape == of && _shapeVersion == version)
        {
            Values.Clear();
            InvalidElements = 0;
            return;
        }

        TakeNames(samples, samples._namesIn!);
        (_shape, _shapeVersion) = (of, version);
    }

    /// <summary>Takes over all samples of another message but their numbers.</summary>
    /// <param name="other">The other message.</param>
    /// <param name="namesIn">The line that their names are places in.</param>
    public void TakeNames(Message other, byte[] namesIn)
    {
        Clear();
        Workers.Take(other.Workers);
        Buses.Take(other.Buses);
        MemoryNodes.Take(other.MemoryNodes);
        Scalars.Take(other.Scalars);
        _namesIn = namesIn;
    }

    /// <summary>Numbers the names that have no number.</summary>
    public void NumberNames(NameNumbers numbers)
    {
        foreach (ref var worker in Workers.Items)
        {
            worker.Name = Numbered(worker.Name, numbers);
        }

        foreach (ref var node in MemoryNodes.Items)
        {
            node.Name = Numbered(node.Name, numbers);
        }

        foreach (ref var bus in Buses.Items)
        {
            (bus.Source, bus.Destination) = (Numbered(bus.Source, numbers), Numbered(bus.Destination, numbers));
        }

        foreach (ref var scalar in Scalars.Items)
        {
            scalar.Name = Numbered(scalar.Name, numbers);
        }
    }

    /// <summary>Sets a number of a sample.</summary>
    public void Set(NumberKind kind, int sample, double value)
    {
        switch (kind)
        {
            case NumberKind.WorkerSeconds:
                Workers.Items[sample].Seconds = value;
                break;
            case NumberKind.WorkerFlops:
                Workers.Items[sample].Flops = value;
                break;
            case NumberKind.BusSeconds:
                Buses.Items[sample].Seconds = value;
                break;
            case NumberKind.BusBytes:
                Buses.Items[sample].Bytes = value;
                break;
            default:
                MemoryNodes.Items[sample].Bytes = value;
                break;
        }
    }

    /// <summary>Empties all lists.</summary>
    public void Clear()
    {
        _shape = null;
        _namesIn = null;
        Numbers.Clear();
        HasOddNumbers = false;
        Workers.Clear();
        Buses.Clear();
        MemoryNodes.Clear();
        Scalars.Clear();
        Values.Clear();
        Unescaped.Clear();
        InvalidElements = 0;
    }

    /// <summary>Empties all lists and lets go of large ones.</summary>
    public void Trim()
    {
        Clear();
        Numbers.Trim(LargestKept);
        Values.Trim(LargestKept);
        Unescaped.Trim(LargestKept);
        Workers.Trim(LargestKept);
        Buses.Trim(LargestKept);
        MemoryNodes.Trim(LargestKept);
        Scalars.Trim(LargestKept);
    }

    private static NamePlace Numbered(NamePlace name, NameNumbers numbers) =>
        name.KnownAs == 0 ? name with { KnownAs = numbers.Next() } : name;
}

/// <summary>Where a name stands: in its line, or among the message's unescaped names.</summary>
/// <param name="Start">Its first byte.</param>
/// <param name="Length">Its length in bytes.</param>
/// <param name="KnownAs">
/// Two names of one connection with the same number here, not 0, are the same; those with different ones may be too.
/// </param>
/// <param name="IsUnescaped">True where it is among the unescaped names.</param>
internal readonly record struct NamePlace(int Start, int Length, int KnownAs, bool IsUnescaped)
{
    public bool IsEmpty => Length == 0;
}

/// <summary>A worker since the last message.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Seconds">How long that was.</param>
/// <param name="Flops">Floating-point operations in that time.</param>
internal record struct WorkerSample(NamePlace Name, double Seconds, double Flops);

/// <summary>A link since the last message.</summary>
/// <param name="Source">The memory node it leads from.</param>
/// <param name="Destination">The one it leads to.</param>
/// <param name="Seconds">How long that was.</param>
/// <param name="Bytes">Bytes that went over it.</param>
internal record struct BusSample(NamePlace Source, NamePlace Destination, double Seconds, double Bytes);

/// <summary>A memory node.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Bytes">Bytes in use.</param>
internal record struct MemoryNodeSample(NamePlace Name, double Bytes);

/// <summary>A scalar of the user's.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Start">Its first value among the message's values.</param>
/// <param name="Count">How many values it has.</param>
internal record struct ScalarSample(NamePlace Name, int Start, int Count);
