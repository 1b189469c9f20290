using System.Buffers.Binary;

namespace NNTileLogger.Ingest.History;

/// <summary>What has to be known of a tensor to tell what it can be shown as.</summary>
internal readonly ref struct TensorView
{
    private const int TypeField = 1;
    private const int ShapeField = 2;
    private const int ContentField = 4;
    private const int FloatField = 5;
    private const int TextField = 8;
    private const int DimensionField = 2;
    private const int SizeField = 1;

    private const int Float = 1;
    private const int Text = 7;

    private readonly ReadOnlySpan<byte> _message;
    private readonly ReadOnlySpan<byte> _content;
    private readonly int _type;
    private readonly int _floats;
    private readonly float _float;

    private TensorView(ReadOnlySpan<byte> message, ReadOnlySpan<byte> content, int type, int rank, long lastSize, int floats, float value, int texts)
    {
        _message = message;
        _content = content;
        _type = type;
        _floats = floats;
        _float = value;
        Rank = rank;
        LastSize = lastSize;
        Texts = texts;
    }

    /// <summary>How many dimensions it has; 0 for a single value.</summary>
    public int Rank { get; }

    /// <summary>The size of its last dimension.</summary>
    public long LastSize { get; }

    /// <summary>How many strings it holds.</summary>
    public int Texts { get; }

    public bool IsText => _type == Text;

    /// <summary>Reads a TensorProto message.</summary>
    public static bool TryRead(ReadOnlySpan<byte> message, out TensorView view)
    {
        var (type, rank, texts, floats) = (0, 0, 0, 0);
        var lastSize = 0L;
        var value = 0f;
        ReadOnlySpan<byte> content = default;
        var isGood = true;
        var reader = new ProtoReader(message);
        while (reader.Next())
        {
            switch (reader.Field, reader.Kind)
            {
                case (TypeField, WireKind.Varint):
                    type = (int)reader.Number;
                    break;
                case (ShapeField, WireKind.Bytes):
                    isGood &= TryReadShape(reader.Bytes, ref rank, ref lastSize);
                    break;
                case (ContentField, WireKind.Bytes):
                    content = reader.Bytes;
                    break;
                case (FloatField, WireKind.Fixed32):
                    value = floats++ == 0 ? reader.Float : value;
                    break;
                case (FloatField, WireKind.Bytes):
                    value = floats == 0 && reader.Bytes.Length >= sizeof(float) ? BinaryPrimitives.ReadSingleLittleEndian(reader.Bytes) : value;
                    floats += reader.Bytes.Length / sizeof(float);
                    break;
                case (TextField, WireKind.Bytes):
                    texts++;
                    break;
                default:
                    break;
            }
        }

        view = new TensorView(message, content, type, rank, lastSize, floats, value, texts);
        return isGood && !reader.IsMalformed;
    }

    /// <summary>Its value where it is a single float, which is all that curves are drawn of.</summary>
    public bool TryGetFloat(out float value)
    {
        value = _float;
        if (_type != Float || Rank != 0 || _floats > 1)
        {
            return false;
        }

        if (_floats == 0)
        {
            if (_content.Length != sizeof(float))
            {
                return false;
            }

            value = BinaryPrimitives.ReadSingleLittleEndian(_content);
        }

        return true;
    }

    /// <summary>Gives one of its strings.</summary>
    public ReadOnlySpan<byte> TextAt(int index)
    {
        var reader = new ProtoReader(_message);
        while (reader.Next())
        {
            if (reader.Field == TextField && reader.Kind == WireKind.Bytes && index-- == 0)
            {
                return reader.Bytes;
            }
        }

        return default;
    }

    private static bool TryReadShape(ReadOnlySpan<byte> shape, ref int rank, ref long lastSize)
    {
        var dimensions = new ProtoReader(shape);
        while (dimensions.Next())
        {
            if (dimensions.Field == DimensionField && dimensions.Kind == WireKind.Bytes)
            {
                rank++;
                lastSize = 0;
                var dimension = new ProtoReader(dimensions.Bytes);
                while (dimension.Next())
                {
                    lastSize = dimension.Field == SizeField && dimension.Kind == WireKind.Varint ? (long)dimension.Number : lastSize;
                }
            }
        }

        return !dimensions.IsMalformed;
    }
}
