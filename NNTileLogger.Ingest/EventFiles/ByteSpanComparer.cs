using System.Runtime.InteropServices;

namespace NNTileLogger.Ingest.EventFiles;

/// <summary>
/// Byte arrays as dictionary keys that can be looked up by span. Strangers choose the names, so the hash is the keyed
/// one that the framework has for strings: names that collide under every seed are easily made against others, also
/// against <see cref="HashCode"/>.
/// </summary>
internal sealed class ByteSpanComparer : IEqualityComparer<byte[]>, IAlternateEqualityComparer<ReadOnlySpan<byte>, byte[]>
{
    public static readonly ByteSpanComparer Instance = new();

    public bool Equals(byte[]? x, byte[]? y) => x.AsSpan().SequenceEqual(y);

    public bool Equals(ReadOnlySpan<byte> alternate, byte[] other) => alternate.SequenceEqual(other);

    public int GetHashCode(byte[] obj) => GetHashCode(obj.AsSpan());

    public int GetHashCode(ReadOnlySpan<byte> alternate)
    {
        // Two bytes are a character. The one that is left over is told apart from none; on its own it gives few choices.
        var odd = (alternate.Length & 1) == 0 ? 0 : alternate[^1] + 1;
        return (string.GetHashCode(MemoryMarshal.Cast<byte, char>(alternate)) * 31) + odd;
    }

    public byte[] Create(ReadOnlySpan<byte> alternate) => alternate.ToArray();
}
