using System.Globalization;
using System.Text;

namespace NNTileLogger.Ingest.Tests.Support;

/// <summary>
/// The tokens of a line: strings (which may hold invalid UTF-8), numbers as RFC 8259 writes them, and words.
/// <see cref="WireTreeReader"/> puts them together. Throws <see cref="WireRejectedException"/> at the first byte that does not fit.
/// </summary>
internal sealed class WireTokenReader(byte[] line)
{
    private int _at;

    public bool AtEnd => _at == line.Length;

    public int Peek() => _at < line.Length ? line[_at] : -1;

    public void Skip() => _at++;

    public void SkipWhitespace()
    {
        while (Peek() is ' ' or '\t' or '\r' or '\n')
        {
            _at++;
        }
    }

    public void Expect(char wanted)
    {
        if (Peek() != wanted)
        {
            throw new WireRejectedException(WireOutcome.InvalidJson);
        }

        _at++;
    }

    public byte[] ReadString()
    {
        Expect('"');
        var text = new List<byte>();
        while (true)
        {
            var b = Peek();
            _at++;
            if (b == '"')
            {
                return [.. text];
            }

            if (b == '\\')
            {
                ReadEscape(text);
            }
            else if (b < 0x20)
            {
                // The end of the line as well.
                throw new WireRejectedException(WireOutcome.InvalidJson);
            }
            else
            {
                text.Add((byte)b);
            }
        }
    }

    private void ReadEscape(List<byte> text)
    {
        var b = Peek();
        _at++;
        if (b == 'u')
        {
            ReadUnicodeEscape(text);
            return;
        }

        text.Add(b switch
        {
            '"' or '\\' or '/' => (byte)b,
            'b' => (byte)'\b',
            'f' => (byte)'\f',
            'n' => (byte)'\n',
            'r' => (byte)'\r',
            't' => (byte)'\t',
            _ => throw new WireRejectedException(WireOutcome.InvalidJson),
        });
    }

    private void ReadUnicodeEscape(List<byte> text)
    {
        var unit = ReadHex();
        if (char.IsHighSurrogate(unit) && Peek() == '\\' && _at + 1 < line.Length && line[_at + 1] == 'u')
        {
            var before = _at;
            _at += 2;
            var second = ReadHex();
            if (char.IsLowSurrogate(second))
            {
                text.AddRange(Encoding.UTF8.GetBytes(new string([unit, second])));
                return;
            }

            _at = before;
        }

        if (char.IsSurrogate(unit))
        {
            // Alone it has no UTF-8; kept as three bytes (WTF-8), so that names that differ stay different.
            text.AddRange([(byte)(0xE0 | (unit >> 12)), (byte)(0x80 | ((unit >> 6) & 0x3F)), (byte)(0x80 | (unit & 0x3F))]);
            return;
        }

        text.AddRange(Encoding.UTF8.GetBytes(new string(unit, 1)));
    }

    private char ReadHex()
    {
        var unit = 0;
        for (var i = 0; i < 4; i++)
        {
            var b = Peek();
            if (b < 0 || !char.IsAsciiHexDigit((char)b))
            {
                throw new WireRejectedException(WireOutcome.InvalidJson);
            }

            unit = (unit << 4) | Convert.ToInt32(((char)b).ToString(), 16);
            _at++;
        }

        return (char)unit;
    }

    public WireValue ReadNumberOrWord()
    {
        var start = _at;
        if (Peek() == '-')
        {
            _at++;
        }

        if (Peek() is var b && b >= 0 && char.IsAsciiLetter((char)b))
        {
            return ReadWord(start);
        }

        if (Peek() == '0')
        {
            _at++;
        }
        else
        {
            ReadDigits();
        }

        if (Peek() == '.')
        {
            _at++;
            ReadDigits();
        }

        if (Peek() is 'e' or 'E')
        {
            _at++;
            if (Peek() is '+' or '-')
            {
                _at++;
            }

            ReadDigits();
        }

        var text = Encoding.ASCII.GetString(line[start.._at]);
        return new WireValue { Kind = WireValueKind.Number, Number = double.Parse(text, NumberStyles.Float, CultureInfo.InvariantCulture) };
    }

    private void ReadDigits()
    {
        var start = _at;
        while (Peek() is >= '0' and <= '9')
        {
            _at++;
        }

        if (_at == start)
        {
            throw new WireRejectedException(WireOutcome.InvalidJson);
        }
    }

    private WireValue ReadWord(int start)
    {
        while (Peek() is var b && b >= 0 && char.IsAsciiLetterOrDigit((char)b))
        {
            _at++;
        }

        var word = Encoding.ASCII.GetString(line[start.._at]);
        return word switch
        {
            "null" => new WireValue { Kind = WireValueKind.Null },
            "true" or "false" => new WireValue { Kind = WireValueKind.Boolean },
            _ => word.ToLowerInvariant() switch
            {
                "nan" or "-nan" => new WireValue { Kind = WireValueKind.Number, Number = double.NaN },
                "inf" or "infinity" => new WireValue { Kind = WireValueKind.Number, Number = double.PositiveInfinity },
                "-inf" or "-infinity" => new WireValue { Kind = WireValueKind.Number, Number = double.NegativeInfinity },
                _ => throw new WireRejectedException(WireOutcome.InvalidJson),
            },
        };
    }
}

/// <summary>The line is not taken, and why.</summary>
internal sealed class WireRejectedException(WireOutcome outcome) : Exception($"rejected: {outcome}")
{
    public WireOutcome Outcome { get; } = outcome;
}
