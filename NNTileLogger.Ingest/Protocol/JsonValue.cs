namespace NNTileLogger.Ingest.Protocol;

/// <summary>
/// Passes over JSON values, number words included; pure functions from a place in a line to the place behind. The line
/// ends in its newline, which is in no value: every loop stops there without asking for the end.
/// </summary>
internal static class JsonValue
{
    /// <summary>A place that is none: what stands there is no JSON.</summary>
    public const int Invalid = -1;

    /// <summary>A place that is none: what stands there is nested too deep.</summary>
    public const int TooDeep = -2;

    private const int DeepestNesting = 64;

    /// <summary>Passes over white space.</summary>
    public static int SkipSpace(ReadOnlySpan<byte> line, int at)
    {
        while (line[at] is (byte)' ' or (byte)'\t' or (byte)'\r')
        {
            at++;
        }

        return at;
    }

    /// <summary>Passes over white space and one given byte.</summary>
    /// <returns>The place behind it, or <see cref="Invalid"/> where another byte follows.</returns>
    public static int Expect(ReadOnlySpan<byte> line, int at, byte expected)
    {
        if (line[at] != expected)
        {
            at = SkipSpace(line, at);
            if (line[at] != expected)
            {
                return Invalid;
            }
        }

        return at + 1;
    }

    /// <summary>Passes over any value.</summary>
    /// <param name="line">A line, newline included.</param>
    /// <param name="at">The place, behind white space or before it.</param>
    /// <param name="depth">Of the value that holds it.</param>
    /// <returns>The place behind it, <see cref="Invalid"/> or <see cref="TooDeep"/>.</returns>
    public static int SkipValue(ReadOnlySpan<byte> line, int at, int depth)
    {
        at = SkipSpace(line, at);
        switch (line[at])
        {
            case (byte)'"':
                return JsonText.Unescape(line, at + 1, null);
            case (byte)'{':
                return SkipObject(line, at + 1, depth + 1);
            case (byte)'[':
                return SkipArray(line, at + 1, depth + 1);
            case (byte)'t':
                return SkipWord(line, at, "true"u8);
            case (byte)'f':
                return SkipWord(line, at, "false"u8);
            case (byte)'n' when SkipWord(line, at, "null"u8) is > 0 and var behind:
                return behind;
            default:
                return ReadNumber(line, at, out _);
        }
    }

    /// <summary>Passes over a given word.</summary>
    public static int SkipWord(ReadOnlySpan<byte> line, int at, ReadOnlySpan<byte> word) =>
        line[at..].StartsWith(word) ? at + word.Length : Invalid;

    /// <summary>Reads a number or a number word.</summary>
    public static int ReadNumber(ReadOnlySpan<byte> line, int at, out double value)
    {
        var behind = JsonNumber.Read(line, at, out value);
        return behind > 0 ? behind : NumberWord.Read(line, at, out value);
    }

    /// <summary>Reads whatever stands for a number: also null (a NaN) and a quoted number.</summary>
    /// <param name="line">A line, newline included.</param>
    /// <param name="at">The place, behind white space or before it.</param>
    /// <param name="depth">Of the value that holds it.</param>
    /// <param name="value">The number where it is one.</param>
    /// <param name="isNumber">False where it is some other value; it is passed over then.</param>
    /// <returns>The place behind it, <see cref="Invalid"/> or <see cref="TooDeep"/>.</returns>
    public static int ReadAsNumber(ReadOnlySpan<byte> line, int at, int depth, out double value, out bool isNumber)
    {
        isNumber = true;
        at = SkipSpace(line, at);
        var behind = ReadNumber(line, at, out value);
        if (behind > 0)
        {
            return behind;
        }

        switch (line[at])
        {
            case (byte)'n' when SkipWord(line, at, "null"u8) is > 0 and var behindNull:
                value = double.NaN;
                return behindNull;
            case (byte)'"':
                return ReadQuotedNumber(line, at + 1, out value, out isNumber);
            default:
                isNumber = false;
                return SkipValue(line, at, depth);
        }
    }

    private static int SkipObject(ReadOnlySpan<byte> line, int at, int depth)
    {
        if (depth > DeepestNesting)
        {
            return TooDeep;
        }

        if (Expect(line, at, (byte)'}') is > 0 and var empty)
        {
            return empty;
        }

        while (true)
        {
            at = Expect(line, at, (byte)'"');
            at = at < 0 ? at : JsonText.Unescape(line, at, null);
            at = at < 0 ? at : Expect(line, at, (byte)':');
            at = at < 0 ? at : SkipValue(line, at, depth);
            if (at < 0)
            {
                return at;
            }

            if (Expect(line, at, (byte)',') is > 0 and var next)
            {
                at = next;
                continue;
            }

            return Expect(line, at, (byte)'}');
        }
    }

    private static int SkipArray(ReadOnlySpan<byte> line, int at, int depth)
    {
        if (depth > DeepestNesting)
        {
            return TooDeep;
        }

        if (Expect(line, at, (byte)']') is > 0 and var empty)
        {
            return empty;
        }

        while (true)
        {
            at = SkipValue(line, at, depth);
            if (at < 0)
            {
                return at;
            }

            if (Expect(line, at, (byte)',') is > 0 and var next)
            {
                at = next;
                continue;
            }

            return Expect(line, at, (byte)']');
        }
    }

    // The quoted text is short where it is a number, and may be anything where it is not.
    private static int ReadQuotedNumber(ReadOnlySpan<byte> line, int at, out double value, out bool isNumber)
    {
        value = 0;
        isNumber = false;
        var behind = JsonText.Unescape(line, at, null);
        if (behind < 0)
        {
            return behind;
        }

        var text = line[at..behind];
        if (text.Contains((byte)'\\'))
        {
            var bytes = new Samples<byte>();
            JsonText.Unescape(line, at, bytes);
            bytes.Add((byte)'"');
            text = bytes.Span;
        }

        // The closing quote ends a number as a newline does.
        isNumber = text.Length > 1 && ReadNumber(text, 0, out value) == text.Length - 1;
        return behind;
    }
}
