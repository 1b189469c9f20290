using System.Text;

namespace NNTileLogger.Ingest.Protocol;

/// <summary>
/// The words that clients write for values that are no numbers: <c>nan</c>, <c>-nan</c>, <c>inf</c>, <c>-inf</c> of
/// C++ streams, <c>NaN</c>, <c>Infinity</c>, <c>-Infinity</c> of Python; in any case. Pure.
/// </summary>
internal static class NumberWord
{
    /// <summary>Reads the word that begins at a place.</summary>
    /// <param name="line">Bytes that end in a byte that is no part of a word.</param>
    /// <param name="at">The place.</param>
    /// <param name="value">NaN or an infinity.</param>
    /// <returns>The place behind it; -1 where no such word stands there.</returns>
    public static int Read(ReadOnlySpan<byte> line, int at, out double value)
    {
        var sign = line[at] == '-' ? 1 : 0;
        var word = line[(at + sign)..];
        (var length, value) = (word[0] | 0x20) switch
        {
            'n' when Is(word, "nan"u8) => (3, double.NaN),
            'i' when Is(word, "infinity"u8) => (8, double.PositiveInfinity),
            'i' when Is(word, "inf"u8) => (3, double.PositiveInfinity),
            _ => (0, 0),
        };
        if (sign > 0)
        {
            value = -value;
        }

        return length > 0 ? at + sign + length : -1;
    }

    private static bool Is(ReadOnlySpan<byte> text, ReadOnlySpan<byte> word) =>
        text.Length > word.Length && Ascii.EqualsIgnoreCase(text[..word.Length], word);
}
