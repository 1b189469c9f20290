namespace NNTileLogger.Ingest.Protocol;

/// <summary>
/// Moves through one line of JSON. The line ends in its newline, which is in no value: every loop stops there without
/// asking for the end. Number words count as numbers; see the wire protocol in README.
/// </summary>
internal ref struct JsonScanner(ReadOnlySpan<byte> line)
{
    private const int DeepestNesting = 64;

    private readonly ReadOnlySpan<byte> _line = line;
    private int _at;

    public readonly ReadOnlySpan<byte> Line => _line;

    /// <summary>The place reached.</summary>
    public readonly int At => _at;

    /// <summary>What is left, the newline included.</summary>
    public readonly ReadOnlySpan<byte> Rest => _line[_at..];

    /// <summary>Set where a line was refused because it is nested too deep.</summary>
    public bool IsTooDeep { get; private set; }

    /// <summary>Passes over white space.</summary>
    /// <returns>The byte that follows it.</returns>
    public byte SkipSpace()
    {
        byte next;
        while ((next = _line[_at]) is (byte)' ' or (byte)'\t' or (byte)'\r')
        {
            _at++;
        }

        return next;
    }

    /// <summary>Passes over bytes that the caller has looked at.</summary>
    public void Skip(int count) => _at += count;

    /// <summary>Passes over white space and one given byte.</summary>
    public bool TrySkip(byte expected)
    {
        if (_line[_at] != expected && SkipSpace() != expected)
        {
            return false;
        }

        _at++;
        return true;
    }

    /// <summary>Passes over a given word.</summary>
    public bool TrySkip(ReadOnlySpan<byte> word)
    {
        if (!Rest.StartsWith(word))
        {
            return false;
        }

        _at += word.Length;
        return true;
    }

    /// <summary>True where only white space is left.</summary>
    public bool IsAtEnd() => SkipSpace() == '\n' && _at == _line.Length - 1;

    /// <summary>Reads a string whose quote is next.</summary>
    /// <param name="unescaped">Takes its bytes where it holds escapes.</param>
    /// <param name="place">Where its bytes are.</param>
    /// <returns>False where it is no string by JSON's grammar.</returns>
    public bool TryReadString(Samples<byte> unescaped, out NamePlace place)
    {
        var start = _at + 1;
        var length = JsonText.PlainLength(_line[start..]);
        if (_line[start + length] == '"')
        {
            _at = start + length + 1;
            place = new NamePlace(start, length, IsUnescaped: false);
            return true;
        }

        var first = unescaped.Count;
        _at = start;
        var isString = JsonText.TryUnescape(_line, ref _at, unescaped);
        place = new NamePlace(first, unescaped.Count - first, IsUnescaped: true);
        return isString;
    }

    /// <summary>Reads a number, a number word, null (a NaN) or a quoted one of these but null.</summary>
    /// <param name="value">The number where it is one, else 0.</param>
    /// <param name="isNumber">False where it is some other value; it was passed over then.</param>
    /// <param name="depth">Of the value that holds it.</param>
    /// <returns>False where it is no value by JSON's grammar, number words aside.</returns>
    public bool TryReadNumber(out double value, out bool isNumber, int depth)
    {
        isNumber = true;
        if (JsonNumber.TryRead(_line, ref _at, out value) || NumberWord.TryRead(_line, ref _at, out value))
        {
            return true;
        }

        switch (_line[_at])
        {
            case (byte)'n' when TrySkip("null"u8):
                value = double.NaN;
                return true;
            case (byte)'"':
                return TryReadQuotedNumber(out value, out isNumber);
            default:
                isNumber = false;
                return TrySkipValue(depth);
        }
    }

    /// <summary>Passes over any value.</summary>
    /// <param name="depth">Of the value that holds it.</param>
    /// <returns>False where it is no value by JSON's grammar, number words aside, or nested too deep.</returns>
    public bool TrySkipValue(int depth)
    {
        switch (SkipSpace())
        {
            case (byte)'"':
                _at++;
                return JsonText.TryUnescape(_line, ref _at, null);
            case (byte)'{':
                return TrySkipObject(depth + 1);
            case (byte)'[':
                return TrySkipArray(depth + 1);
            case (byte)'t':
                return TrySkip("true"u8);
            case (byte)'f':
                return TrySkip("false"u8);
            case (byte)'n' when TrySkip("null"u8):
                return true;
            default:
                return JsonNumber.TryRead(_line, ref _at, out _) || NumberWord.TryRead(_line, ref _at, out _);
        }
    }

    private bool TrySkipObject(int depth)
    {
        if (!TryEnter(depth))
        {
            return false;
        }

        if (TrySkip((byte)'}'))
        {
            return true;
        }

        do
        {
            if (!TrySkip((byte)'"') || !JsonText.TryUnescape(_line, ref _at, null) || !TrySkip((byte)':') || !TrySkipValue(depth))
            {
                return false;
            }
        }
        while (TrySkip((byte)','));

        return TrySkip((byte)'}');
    }

    private bool TrySkipArray(int depth)
    {
        if (!TryEnter(depth))
        {
            return false;
        }

        if (TrySkip((byte)']'))
        {
            return true;
        }

        do
        {
            if (!TrySkipValue(depth))
            {
                return false;
            }
        }
        while (TrySkip((byte)','));

        return TrySkip((byte)']');
    }

    private bool TryEnter(int depth)
    {
        _at++;
        IsTooDeep |= depth > DeepestNesting;
        return !IsTooDeep;
    }

    // The quoted text is short where it is a number, and may be anything where it is not.
    private bool TryReadQuotedNumber(out double value, out bool isNumber)
    {
        value = 0;
        isNumber = false;
        _at++;
        var start = _at;
        if (!JsonText.TryUnescape(_line, ref _at, null))
        {
            return false;
        }

        var raw = _line[start..(_at - 1)];
        if (raw.Contains((byte)'\\'))
        {
            var bytes = new Samples<byte>();
            JsonText.TryUnescape(_line, ref start, bytes);
            bytes.Add((byte)'\n');
            isNumber = IsWholeNumber(bytes.Span, bytes.Count - 1, out value);
        }
        else
        {
            isNumber = IsWholeNumber(_line[start.._at], raw.Length, out value);
        }

        return true;
    }

    // The byte behind the text is its closing quote, which ends numbers as a newline does.
    private static bool IsWholeNumber(ReadOnlySpan<byte> text, int length, out double value)
    {
        var at = 0;
        return (JsonNumber.TryRead(text, ref at, out value) || NumberWord.TryRead(text, ref at, out value)) && at == length;
    }
}
