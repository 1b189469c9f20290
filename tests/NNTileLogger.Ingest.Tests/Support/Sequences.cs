namespace NNTileLogger.Ingest.Tests.Support;

/// <summary>Cuts bytes into the pieces in which they may arrive.</summary>
internal static class Sequences
{
    /// <summary>Pieces of the sizes given, over and over, the last one as long as what is left.</summary>
    public static IEnumerable<ReadOnlyMemory<byte>> Pieces(ReadOnlyMemory<byte> bytes, params int[] sizes)
    {
        for (var k = 0; !bytes.IsEmpty; k++)
        {
            var size = Math.Min(sizes[k % sizes.Length], bytes.Length);
            yield return bytes[..size];
            bytes = bytes[size..];
        }
    }

    /// <summary>Each way of cutting bytes in two, the empty first and the empty second piece included.</summary>
    public static IEnumerable<(ReadOnlyMemory<byte> First, ReadOnlyMemory<byte> Second)> EverySplit(ReadOnlyMemory<byte> bytes)
    {
        for (var at = 0; at <= bytes.Length; at++)
        {
            yield return (bytes[..at], bytes[at..]);
        }
    }
}
