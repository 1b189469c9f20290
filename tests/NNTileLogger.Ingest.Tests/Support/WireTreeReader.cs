namespace NNTileLogger.Ingest.Tests.Support;

/// <summary>
/// Turns a line into a tree by recursive descent: RFC 8259, plus number words in the place of any value.
/// Strings may hold invalid UTF-8. Throws <see cref="WireRejectedException"/> at the first byte that does not fit.
/// </summary>
internal sealed class WireTreeReader(byte[] line)
{
    // The line's own object is depth 1.
    private const int MaxDepth = 64;

    private readonly WireTokenReader _tokens = new(line);

    /// <summary>The whole line as one object.</summary>
    public WireValue ReadLine()
    {
        _tokens.SkipWhitespace();
        if (_tokens.Peek() != '{')
        {
            throw new WireRejectedException(WireOutcome.InvalidJson);
        }

        var value = ReadValue(1);
        _tokens.SkipWhitespace();
        return _tokens.AtEnd ? value : throw new WireRejectedException(WireOutcome.InvalidJson);
    }

    /// <summary>Whether the whole text is a number as JSON writes it, or a number word.</summary>
    public static bool TryReadNumber(ReadOnlySpan<byte> text, out double number)
    {
        number = 0;
        if (text.IsEmpty || !IsNumberStart(text[0]))
        {
            return false;
        }

        try
        {
            var tokens = new WireTokenReader(text.ToArray());
            var value = tokens.ReadNumberOrWord();
            number = value.Number;
            return value.Kind == WireValueKind.Number && tokens.AtEnd;
        }
        catch (WireRejectedException)
        {
            return false;
        }
    }

    private static bool IsNumberStart(byte b) => b == '-' || char.IsAsciiDigit((char)b) || char.IsAsciiLetter((char)b);

    private WireValue ReadValue(int depth)
    {
        _tokens.SkipWhitespace();
        return _tokens.Peek() switch
        {
            '{' => ReadObject(depth),
            '[' => ReadArray(depth),
            '"' => new WireValue { Kind = WireValueKind.Text, Text = _tokens.ReadString() },
            _ => _tokens.ReadNumberOrWord(),
        };
    }

    private WireValue ReadObject(int depth)
    {
        CheckDepth(depth);
        _tokens.Expect('{');
        var value = new WireValue { Kind = WireValueKind.Object };
        _tokens.SkipWhitespace();
        if (_tokens.Peek() == '}')
        {
            _tokens.Skip();
            return value;
        }

        while (true)
        {
            _tokens.SkipWhitespace();
            var name = _tokens.ReadString();
            _tokens.SkipWhitespace();
            _tokens.Expect(':');
            value.Members.Add((name, ReadValue(depth + 1)));
            _tokens.SkipWhitespace();
            if (_tokens.Peek() == '}')
            {
                _tokens.Skip();
                return value;
            }

            _tokens.Expect(',');
        }
    }

    private WireValue ReadArray(int depth)
    {
        CheckDepth(depth);
        _tokens.Expect('[');
        var value = new WireValue { Kind = WireValueKind.Array };
        _tokens.SkipWhitespace();
        if (_tokens.Peek() == ']')
        {
            _tokens.Skip();
            return value;
        }

        while (true)
        {
            value.Items.Add(ReadValue(depth + 1));
            _tokens.SkipWhitespace();
            if (_tokens.Peek() == ']')
            {
                _tokens.Skip();
                return value;
            }

            _tokens.Expect(',');
        }
    }

    private static void CheckDepth(int depth)
    {
        if (depth > MaxDepth)
        {
            throw new WireRejectedException(WireOutcome.TooDeep);
        }
    }
}
