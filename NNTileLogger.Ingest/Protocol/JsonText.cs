using System.Buffers;
using System.Globalization;

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

    /// <summary>Finds the end of a string that holds no escape.</summary>
    /// <param name="text">What follows the opening quote.</param>
    /// <returns>The number of bytes before the closing quote, or of those before an escape or a forbidden character.</returns>
    public static int PlainLength(ReadOnlySpan<byte> text) => text.IndexOfAny(_special);

    /// <summary>Reads the string whose opening quote is behind us, from its first byte on.</summary>
    /// <param name="line">A line, newline included.</param>
    /// <param name="at">The string's first byte; afterwards the byte behind the closing quote.</param>
    /// <param name="into">Takes the bytes; null where the string is only passed over.</param>
    /// <returns>False where it is no string by JSON's grammar.</returns>
    public static bool TryUnescape(ReadOnlySpan<byte> line, ref int at, Samples<byte>? into)
    {
        while (true)
        {
            var plain = PlainLength(line[at..]);
            Append(into, line.Slice(at, plain));
            at += plain;
            switch (line[at])
            {
                case (byte)'"':
                    at++;
                    return true;
                case (byte)'\\':
                    if (!TryReadEscape(line, ref at, into))
                    {
                        return false;
                    }

                    break;
                default:
                    return false;
            }
        }
    }

    private static bool TryReadEscape(ReadOnlySpan<byte> line, ref int at, Samples<byte>? into)
    {
        var escaped = line[at + 1];
        at += 2;
        switch (escaped)
        {
            case (byte)'"' or (byte)'\\' or (byte)'/':
                into?.Add(escaped);
                return true;
            case (byte)'b':
                into?.Add((byte)'\b');
                return true;
            case (byte)'f':
                into?.Add((byte)'\f');
                return true;
            case (byte)'n':
                into?.Add((byte)'\n');
                return true;
            case (byte)'r':
                into?.Add((byte)'\r');
                return true;
            case (byte)'t':
                into?.Add((byte)'\t');
                return true;
            case (byte)'u':
                return TryReadCodePoint(line, ref at, into);
            default:
                return false;
        }
    }

    private static bool TryReadCodePoint(ReadOnlySpan<byte> line, ref int at, Samples<byte>? into)
    {
        if (!TryReadHex(line, at, out var unit))
        {
            return false;
        }

        at += 4;
        if (char.IsHighSurrogate((char)unit)
            && line[at] == '\\' && line[at + 1] == 'u'
            && TryReadHex(line, at + 2, out var low)
            && char.IsLowSurrogate((char)low))
        {
            at += 6;
            unit = char.ConvertToUtf32((char)unit, (char)low);
        }

        if (into is not null)
        {
            AppendUtf8(into, unit);
        }

        return true;
    }

    private static bool TryReadHex(ReadOnlySpan<byte> line, int at, out int unit)
    {
        unit = 0;
        return at + 4 <= line.Length
            && int.TryParse(line.Slice(at, 4), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out unit);
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
                into.Add((byte)(0x80 | (codePoint & 0x3F)));
                break;
            case < 0x10000:
                into.Add((byte)(0xE0 | (codePoint >> 12)));
                into.Add((byte)(0x80 | ((codePoint >> 6) & 0x3F)));
                into.Add((byte)(0x80 | (codePoint & 0x3F)));
                break;
            default:
                into.Add((byte)(0xF0 | (codePoint >> 18)));
                into.Add((byte)(0x80 | ((codePoint >> 12) & 0x3F)));
                into.Add((byte)(0x80 | ((codePoint >> 6) & 0x3F)));
                into.Add((byte)(0x80 | (codePoint & 0x3F)));
                break;
        }
    }

    private static void Append(Samples<byte>? into, ReadOnlySpan<byte> bytes)
    {
        if (into is null)
        {
            return;
        }

        foreach (var b in bytes)
        {
            into.Add(b);
        }
    }
}
