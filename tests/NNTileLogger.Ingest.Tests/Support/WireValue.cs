namespace NNTileLogger.Ingest.Tests.Support;

/// <summary>The kinds of value in a line.</summary>
internal enum WireValueKind
{
    Null,
    Boolean,
    Number,
    Text,
    Array,
    Object,
}

/// <summary>
/// One node of a line's tree, as <see cref="WireTreeReader"/> makes it. Text is kept as unescaped bytes, broken ones included;
/// of an object every member is kept, in order, also those that come twice.
/// </summary>
internal sealed class WireValue
{
    public required WireValueKind Kind { get; init; }

    public double Number { get; init; }

    public byte[] Text { get; init; } = [];

    public List<WireValue> Items { get; } = [];

    public List<(byte[] Name, WireValue Value)> Members { get; } = [];

    /// <summary>The member of that name; of several the last; null where there is none.</summary>
    public WireValue? Last(ReadOnlySpan<byte> name)
    {
        WireValue? found = null;
        foreach (var member in Members)
        {
            if (name.SequenceEqual(member.Name))
            {
                found = member.Value;
            }
        }

        return found;
    }
}
