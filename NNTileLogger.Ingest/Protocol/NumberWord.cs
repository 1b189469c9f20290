using System.Text;

namespace NNTileLogger.Ingest.Protocol;

/// <summary>
/// The words that clients write for values that are no numbers: <c>nan</c>, <c>-nan</c>, <c>inf</c>, <c>-inf</c> of
/// C++ streams, <c>NaN</c>, <c>Infinity</c>, <c>-Infinity</c> of Python; in any case. Pure.
/// </summary>
internal static class NumberWord
{
    /// <summary>Reads the word that begins at <paramref name="at"/> and moves <paramref name="at"/> behind it.</summary>
    /// <param name="line">Bytes that end in a byte that is no part of a word.</param>
    /// <param name="at">Where the word begins; unchanged where it is none.</param>
    /// <param name="value">NaN or an infinity.</param>
    public static bool TryRead(ReadOnlySpan<byte> line, ref int at, out double value)
    {
        var word = line[at..];
        var sign = word[0] == '-' ? 1 : 0;
        word = word[sign..];
        (var length, value) = (word[0] | 0x20) switch
        {
            'n' when Is(word, "nan"u8) => (3, double.NaN),
            'i' when Is(word, "infinity"u8) => (8, double.PositiveInfinity),
            'i' when Is(word, "inf"u8) => (3, double.PositiveInfinity),
            _ => (0, 0),
        };
        if (length == 0)
        {
            return false;
        }

        if (sign > 0)
        {
            value = -value;
        }

        at += sign + length;
        return true;
    }

    private static bool Is(ReadOnlySpan<byte> text, ReadOnlySpan<byte> word) =>
        text.Length > word.Length && Ascii.EqualsIgnoreCase(text[..word.Length], word);
}
