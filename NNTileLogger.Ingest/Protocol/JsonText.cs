using System.Buffers;

namespace NNTileLogger.Ingest.Protocol;

/// <summary>
/// JSON strings as bytes; pure. Invalid UTF-8 passes through, and an unpaired surrogate becomes the three bytes that
/// its number would have: the name stays different from others, and whoever decodes it sees U+FFFD.
/// </summary>
internal static class JsonText
{
    // What ends the plain part of a string: its quote, an escape, or a control character, which JSON forbids. The
    // newline that every line ends in is one, so that no search runs past it.
    private static readonly SearchValues<byte> _special = SearchValues.Create(
        [(byte)'"', (byte)'\\', .. Enumerable.Range(0, 0x20).Select(control => (byte)control)]);

    /// <summary>The number of bytes before the closing quote, or before an escape or a forbidden character.</summary>
    /// <param name="text">What follows the opening quote, newline included.</param>
    public static int PlainLength(ReadOnlySpan<byte> text) => text.IndexOfAny(_special);

    /// <summary>Reads a string.</summary>
    /// <param name="line">A line, newline included.</param>
    /// <param name="at">The string's first byte, behind the opening quote.</param>
    /// <param name="into">Takes the bytes; null where the string is only passed over.</param>
    /// <returns>The place behind the closing quote; -1 where it is no string by JSON's grammar.</returns>
    public static int Unescape(ReadOnlySpan<byte> line, int at, Samples<byte>? into)
    {
        while (at >= 0)
        {
            var plain = PlainLength(line[at..]);
            into?.AddRange(line.Slice(at, plain));
            at += plain;
            switch (line[at])
            {
                case (byte)'"':
                    return at + 1;
                case (byte)'\\':
                    at = ReadEscape(line, at + 1, into);
                    break;
                default:
                    return -1;
            }
        }

        return at;
    }

    private static int ReadEscape(ReadOnlySpan<byte> line, int at, Samples<byte>? into)
    {
        var plain = line[at] switch
        {
            (byte)'"' or (byte)'\\' or (byte)'/' => line[at],
            (byte)'b' => (byte)'\b',
            (byte)'f' => (byte)'\f',
            (byte)'n' => (byte)'\n',
            (byte)'r' => (byte)'\r',
            (byte)'t' => (byte)'\t',
            _ => (byte)0,
        };
        if (plain != 0)
        {
            into?.Add(plain);
            return at + 1;
        }

        return line[at] == 'u' ? ReadCodePoint(line, at + 1, into) : -1;
    }

    private static int ReadCodePoint(ReadOnlySpan<byte> line, int at, Samples<byte>? into)
    {
        if (!TryReadHex(line, at, out var codePoint))
        {
            return -1;
        }

        at += 4;
        if (char.IsHighSurrogate((char)codePoint)
            && line[at] == '\\' && line[at + 1] == 'u'
            && TryReadHex(line, at + 2, out var low)
            && char.IsLowSurrogate((char)low))
        {
            at += 6;
            codePoint = char.ConvertToUtf32((char)codePoint, (char)low);
        }

        if (into is not null)
        {
            AppendUtf8(into, codePoint);
        }

        return at;
    }

    private static bool TryReadHex(ReadOnlySpan<byte> line, int at, out int unit)
    {
        unit = 0;
        if (at + 4 > line.Length)
        {
            return false;
        }

        foreach (var digit in line.Slice(at, 4))
        {
            if (!char.IsAsciiHexDigit((char)digit))
            {
                return false;
            }

            // The letters of both cases are nine behind the digits in their low bits.
            unit = (unit << 4) + (digit & 0xF) + (digit > '9' ? 9 : 0);
        }

        return true;
    }

    // Not Rune: an unpaired surrogate has to come out as bytes of its own.
    private static void AppendUtf8(Samples<byte> into, int codePoint)
    {
        switch (codePoint)
        {
            case < 0x80:
                into.Add((byte)codePoint);
                break;
            case < 0x800:
                into.Add((byte)(0xC0 | (codePoint >> 6)));
                into.Add(Continuation(codePoint));
                break;
            case < 0x10000:
                into.Add((byte)(0xE0 | (codePoint >> 12)));
                into.Add(Continuation(codePoint >> 6));
                into.Add(Continuation(codePoint));
                break;
            default:
                into.Add((byte)(0xF0 | (codePoint >> 18)));
                into.Add(Continuation(codePoint >> 12));
                into.Add(Continuation(codePoint >> 6));
                into.Add(Continuation(codePoint));
                break;
        }
    }

    private static byte Continuation(int bits) => (byte)(0x80 | (bits & 0x3F));
}
