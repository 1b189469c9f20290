namespace NNTileLogger.Ingest.Tests.Support;

/// <summary>Walks the fields of one protobuf message, in the order they are written. Throws where the bytes are no message.</summary>
internal ref struct ProtoFields(ReadOnlySpan<byte> message)
{
    public const int VarintType = 0;
    public const int Fixed64 = 1;
    public const int Bytes = 2;
    public const int Fixed32 = 5;

    private ReadOnlySpan<byte> _rest = message;
    private ReadOnlySpan<byte> _payload;
    private int _wireType;
    private ulong _varint;

    public int Number { get; private set; }

    public readonly ulong Varint => _wireType == VarintType ? _varint : throw Wrong(VarintType);

    public bool Next()
    {
        if (_rest.IsEmpty)
        {
            return false;
        }

        var key = ReadVarint();
        Number = checked((int)(key >> 3));
        _wireType = (int)(key & 7);
        _payload = default;
        switch (_wireType)
        {
            case VarintType:
                _varint = ReadVarint();
                break;
            case Fixed64:
                _payload = Take(8);
                break;
            case Bytes:
                _payload = Take(checked((int)ReadVarint()));
                break;
            case Fixed32:
                _payload = Take(4);
                break;
            default:
                throw new InvalidDataException($"field {Number} has wire type {_wireType}");
        }

        return Number > 0 ? true : throw new InvalidDataException("a field has number 0");
    }

    /// <summary>The field's bytes, which must be of the wire type given.</summary>
    public readonly ReadOnlySpan<byte> Payload(int wireType) => _wireType == wireType ? _payload : throw Wrong(wireType);

    private readonly InvalidDataException Wrong(int wanted) => new($"field {Number} has wire type {_wireType}, not {wanted}");

    private ReadOnlySpan<byte> Take(int count)
    {
        if (count > _rest.Length)
        {
            throw new InvalidDataException($"field {Number} ends behind its message");
        }

        var taken = _rest[..count];
        _rest = _rest[count..];
        return taken;
    }

    private ulong ReadVarint()
    {
        var value = 0UL;
        for (var shift = 0; shift < 70; shift += 7)
        {
            var b = Take(1)[0];
            value |= (ulong)(b & 0x7F) << shift;
            if (b < 0x80)
            {
                return value;
            }
        }

        throw new InvalidDataException("a varint is longer than ten bytes");
    }
}
