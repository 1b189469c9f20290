namespace NNTileLogger.Ingest.Protocol;

/// <summary>
/// The samples of one line, in flat lists that are filled anew for each line: names are places in the line, so that
/// nothing is allocated. One connection uses it at a time.
/// </summary>
internal sealed class Message
{
    // What a rare huge line needed is not kept for the small ones after it.
    private const int LargestKept = 1 << 16;

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

    /// <summary>The bytes of a name.</summary>
    /// <param name="line">The line the message was read from.</param>
    /// <param name="name">A sample's name.</param>
    public ReadOnlySpan<byte> NameIn(ReadOnlySpan<byte> line, NamePlace name) =>
        name.IsUnescaped ? Unescaped.Span.Slice(name.Start, name.Length) : line.Slice(name.Start, name.Length);

    /// <summary>Empties all lists.</summary>
    public void Clear()
    {
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
        Values.Trim(LargestKept);
        Unescaped.Trim(LargestKept);
        Workers.Trim(LargestKept);
        Buses.Trim(LargestKept);
        MemoryNodes.Trim(LargestKept);
        Scalars.Trim(LargestKept);
    }
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
internal readonly record struct WorkerSample(NamePlace Name, double Seconds, double Flops);

/// <summary>A link since the last message.</summary>
/// <param name="Source">The memory node it leads from.</param>
/// <param name="Destination">The one it leads to.</param>
/// <param name="Seconds">How long that was.</param>
/// <param name="Bytes">Bytes that went over it.</param>
internal readonly record struct BusSample(NamePlace Source, NamePlace Destination, double Seconds, double Bytes);

/// <summary>A memory node.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Bytes">Bytes in use.</param>
internal readonly record struct MemoryNodeSample(NamePlace Name, double Bytes);

/// <summary>A scalar of the user's.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Start">Its first value among the message's values.</param>
/// <param name="Count">How many values it has.</param>
internal readonly record struct ScalarSample(NamePlace Name, int Start, int Count);
