using System.Buffers.Binary;

namespace NNTileLogger.Ingest.History;

/// <summary>
/// Walks over the fields of one protobuf message without making anything of them: events are read by the million, and
/// most of what they hold is passed over. What is malformed ends the walk.
/// <code>
/// message: { varint(number * 8 + kind) | value }     kind 0: varint, 1: 8 bytes, 2: varint length | bytes, 5: 4 bytes
/// </code>
/// https://protobuf.dev/programming-guides/encoding/
/// </summary>
internal ref struct ProtoReader(ReadOnlySpan<byte> message)
{
    private const int KindBits = 3;
    private const int LongestVarint = 10;

    private ReadOnlySpan<byte> _rest = message;

    /// <summary>The number of the field that was read last.</summary>
    public int Field { get; private set; }

    /// <summary>How its value is laid out.</summary>
    public WireKind Kind { get; private set; }

    /// <summary>Its value where that is a number: a varint, or the bits of a fixed one.</summary>
    public ulong Number { get; private set; }

    /// <summary>Its value where that is bytes: a text, a message, or numbers one behind the other.</summary>
    public ReadOnlySpan<byte> Bytes { get; private set; }

    /// <summary>True where something was read that is no message.</summary>
    public bool IsMalformed { get; private set; }

    /// <summary>The value as a double.</summary>
    public readonly double Double => BitConverter.UInt64BitsToDouble(Number);

    /// <summary>The value as a float.</summary>
    public readonly float Float => BitConverter.UInt32BitsToSingle((uint)Number);

    /// <summary>Goes to the next field.</summary>
    /// <returns>False at the end, and where the rest is malformed.</returns>
    public bool Next()
    {
        if (_rest.IsEmpty)
        {
            return false;
        }

        if (!TryVarint(out var key))
        {
            return Malformed();
        }

        Field = (int)(key >> KindBits);
        Kind = (WireKind)(key & ((1 << KindBits) - 1));
        return Field != 0 && TryValue() || Malformed();
    }

    /// <summary>Reads a varint at the start of bytes that hold numbers one behind the other.</summary>
    public static bool TryTakeVarint(ref ReadOnlySpan<byte> bytes, out ulong value)
    {
        value = 0;
        for (var i = 0; i < bytes.Length && i < LongestVarint; i++)
        {
            value |= (ulong)(bytes[i] & 0x7f) << (7 * i);
            if (bytes[i] < 0x80)
            {
                bytes = bytes[(i + 1)..];
                return true;
            }
        }

        return false;
    }

    private bool TryValue()
    {
        switch (Kind)
        {
            case WireKind.Varint:
                if (!TryVarint(out var number))
                {
                    return false;
                }

                Number = number;
                return true;
            case WireKind.Fixed64 when _rest.Length >= sizeof(ulong):
                Number = BinaryPrimitives.ReadUInt64LittleEndian(_rest);
                _rest = _rest[sizeof(ulong)..];
                return true;
            case WireKind.Fixed32 when _rest.Length >= sizeof(uint):
                Number = BinaryPrimitives.ReadUInt32LittleEndian(_rest);
                _rest = _rest[sizeof(uint)..];
                return true;
            case WireKind.Bytes:
                if (!TryVarint(out var length) || length > (ulong)_rest.Length)
                {
                    return false;
                }

                Bytes = _rest[..(int)length];
                _rest = _rest[(int)length..];
                return true;
            default:
                return false;
        }
    }

    private bool TryVarint(out ulong value)
    {
        if (_rest.Length > 0 && _rest[0] < 0x80)
        {
            value = _rest[0];
            _rest = _rest[1..];
            return true;
        }

        return TryTakeVarint(ref _rest, out value);
    }

    private bool Malformed()
    {
        IsMalformed = true;
        return false;
    }
}

/// <summary>How the value of a field is laid out.</summary>
internal enum WireKind
{
    Varint = 0,
    Fixed64 = 1,
    Bytes = 2,
    Fixed32 = 5,
}
