namespace NNTileLogger.Ingest.History;

/// <summary>Walks over the values of a Summary message.</summary>
internal ref struct SummaryView(ReadOnlySpan<byte> summary)
{
    private const int ValueField = 1;

    private ProtoReader _reader = new(summary);

    /// <summary>The value that was read last.</summary>
    public ValueView Value { get; private set; }

    /// <summary>True where something was read that is no summary.</summary>
    public bool IsMalformed { get; private set; }

    /// <summary>Goes to the next value.</summary>
    public bool Next()
    {
        while (_reader.Next())
        {
            if (_reader.Field == ValueField && _reader.Kind == WireKind.Bytes)
            {
                IsMalformed = !ValueView.TryRead(_reader.Bytes, out var value);
                Value = value;
                return !IsMalformed;
            }
        }

        IsMalformed = _reader.IsMalformed;
        return false;
    }
}

/// <summary>One value of a summary: its tag, what it says about its series, and what it holds.</summary>
internal readonly ref struct ValueView
{
    private const int TagField = 1;
    private const int MetadataField = 9;

    // Of a TaggedRunMetadata.
    private const int RunMetadataField = 2;

    private ValueView(ReadOnlySpan<byte> tag, ReadOnlySpan<byte> metadata, PayloadKind kind, float simple, ReadOnlySpan<byte> payload)
    {
        Tag = tag;
        Metadata = metadata;
        Kind = kind;
        Simple = simple;
        Payload = payload;
    }

    /// <summary>The tag as UTF-8.</summary>
    public ReadOnlySpan<byte> Tag { get; }

    /// <summary>A SummaryMetadata message; empty where there is none.</summary>
    public ReadOnlySpan<byte> Metadata { get; }

    public PayloadKind Kind { get; }

    /// <summary>The value of <see cref="PayloadKind.Simple"/>.</summary>
    public float Simple { get; }

    /// <summary>The message of any other kind.</summary>
    public ReadOnlySpan<byte> Payload { get; }

    /// <summary>A value that an event holds itself.</summary>
    public static ValueView OfBlob(ReadOnlySpan<byte> blob) => new([], [], PayloadKind.Blob, 0, blob);

    /// <summary>Reads a TaggedRunMetadata message as a value.</summary>
    public static bool TryReadRunMetadata(ReadOnlySpan<byte> message, out ValueView view)
    {
        ReadOnlySpan<byte> tag = default;
        ReadOnlySpan<byte> blob = default;
        var reader = new ProtoReader(message);
        while (reader.Next())
        {
            if (reader.Field == TagField && reader.Kind == WireKind.Bytes)
            {
                tag = reader.Bytes;
            }
            else if (reader.Field == RunMetadataField && reader.Kind == WireKind.Bytes)
            {
                blob = reader.Bytes;
            }
        }

        view = new ValueView(tag, [], PayloadKind.Blob, 0, blob);
        return !reader.IsMalformed;
    }

    /// <summary>Reads a value.</summary>
    /// <returns>False where it is none.</returns>
    public static bool TryRead(ReadOnlySpan<byte> message, out ValueView view)
    {
        ReadOnlySpan<byte> tag = default;
        ReadOnlySpan<byte> metadata = default;
        ReadOnlySpan<byte> payload = default;
        var kind = PayloadKind.None;
        var simple = 0f;
        var reader = new ProtoReader(message);
        while (reader.Next())
        {
            switch (reader.Field, reader.Kind)
            {
                case (TagField, WireKind.Bytes):
                    tag = reader.Bytes;
                    break;
                case ((int)PayloadKind.Simple, WireKind.Fixed32):
                    kind = PayloadKind.Simple;
                    simple = reader.Float;
                    break;
                case (MetadataField, WireKind.Bytes):
                    metadata = reader.Bytes;
                    break;
                case ((int)PayloadKind.Obsolete or (int)PayloadKind.Image or (int)PayloadKind.Histogram
                    or (int)PayloadKind.Audio or (int)PayloadKind.Tensor, WireKind.Bytes):
                    kind = (PayloadKind)reader.Field;
                    payload = reader.Bytes;
                    break;
                default:
                    break;
            }
        }

        view = new ValueView(tag, metadata, kind, simple, payload);
        return !reader.IsMalformed;
    }
}

/// <summary>What a value holds, by the number of its field.</summary>
internal enum PayloadKind
{
    /// <summary>Nothing: it says something about its series alone.</summary>
    None = 0,
    Simple = 2,
    Obsolete = 3,
    Image = 4,
    Histogram = 5,
    Audio = 6,
    Tensor = 8,

    /// <summary>No value of a summary: a graph or the metadata of a run, which events hold themselves.</summary>
    Blob = -1,
}
