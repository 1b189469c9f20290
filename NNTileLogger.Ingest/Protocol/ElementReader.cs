namespace NNTileLogger.Ingest.Protocol;

/// <summary>
/// Reads the elements of a message's arrays. Like <see cref="MessageReader"/>, which it belongs to: from a place in the
/// line to the place behind.
/// </summary>
internal sealed class ElementReader(NameNumbers numbers)
{
    private const int ElementDepth = 3;

    private readonly KnownNames[] _names = [new(numbers), new(numbers), new(numbers), new(numbers), new(numbers)];
    private readonly KnownNames _destinations = new(numbers);

    /// <summary>Reads one element; what is wrong with it is counted, and the element is left out then.</summary>
    /// <param name="line">The line.</param>
    /// <param name="at">The place behind its opening brace.</param>
    /// <param name="kind">What it is.</param>
    /// <param name="message">Takes it.</param>
    public int Read(ReadOnlySpan<byte> line, int at, ElementKind kind, Message message)
    {
        var element = new Element(message.Values.Count);
        if (JsonValue.Expect(line, at, (byte)'}') is var empty and > 0)
        {
            Add(kind, element, message);
            return empty;
        }

        while (true)
        {
            at = ReadKey(line, at, kind, message, out var member);
            at = at < 0 ? at : ReadMember(line, at, kind, member, ref element, message);
            if (at < 0)
            {
                return at;
            }

            if (line[at] == ',')
            {
                at++;
                continue;
            }

            var next = JsonValue.Expect(line, at, (byte)',');
            if (next < 0)
            {
                Add(kind, element, message);
                return JsonValue.Expect(line, at, (byte)'}');
            }

            at = next;
        }
    }

    /// <summary>Reads a key and its colon.</summary>
    public static int ReadKey(ReadOnlySpan<byte> line, int at, ElementKind kind, Message message, out Member member)
    {
        at = JsonValue.Expect(line, at, (byte)'"');
        if (at < 0)
        {
            member = Member.Unknown;
            return at;
        }

        member = MemberKeys.Match(kind, line[at..], out var length);
        return member != Member.Unknown ? at + length : ReadOddKey(line, at, kind, message, out member);
    }

    // Written with escapes, with white space before the colon, or one that means nothing here.
    private static int ReadOddKey(ReadOnlySpan<byte> line, int at, ElementKind kind, Message message, out Member member)
    {
        member = Member.Unknown;
        var unescaped = message.Unescaped.Count;
        var behind = JsonText.Unescape(line, at, message.Unescaped);
        if (behind > 0)
        {
            message.Unescaped.AddRange("\":"u8);
            var key = message.Unescaped.Span[unescaped..];
            var match = MemberKeys.Match(kind, key, out var length);
            member = length == key.Length ? match : Member.Unknown;
        }

        message.Unescaped.CutTo(unescaped);
        return behind < 0 ? behind : JsonValue.Expect(line, behind, (byte)':');
    }

    private int ReadMember(ReadOnlySpan<byte> line, int at, ElementKind kind, Member member, ref Element element, Message message)
    {
        switch (member)
        {
            case Member.Name:
                return ReadName(line, at, _names[(int)kind], PositionOf(kind, message), message, out element.Name);
            case Member.Destination:
                return ReadName(line, at, _destinations, message.Buses.Count, message, out element.Destination);
            case Member.Seconds:
                return ReadNumber(line, at, SecondsOf(kind), PositionOf(kind, message), message, out element.Seconds, out element.SecondsIsNumber);
            case Member.Amount:
                return ReadNumber(line, at, AmountOf(kind), PositionOf(kind, message), message, out element.Amount, out element.AmountIsNumber);
            case Member.Values:
                return ReadValues(line, at, ref element, message);
            default:
                return JsonValue.SkipValue(line, at, ElementDepth);
        }
    }

    private static int ReadNumber(
        ReadOnlySpan<byte> line, int at, NumberKind kind, int position, Message message, out double value, out bool isNumber)
    {
        var behind = JsonNumber.Read(line, at, out value);
        isNumber = true;
        if (behind > 0)
        {
            message.Numbers.Add(new NumberPlace(at, behind, kind, position));
            return behind;
        }

        message.HasOddNumbers = true;
        return JsonValue.ReadAsNumber(line, at, ElementDepth, out value, out isNumber);
    }

    private static int ReadName(ReadOnlySpan<byte> line, int at, KnownNames known, int position, Message message, out NamePlace name)
    {
        name = default;
        var start = JsonValue.Expect(line, at, (byte)'"');
        if (start < 0)
        {
            return JsonValue.SkipValue(line, at, ElementDepth);
        }

        if (known.TryMatch(position, line[start..], out var match))
        {
            name = new NamePlace(start, match.Length, match.Number, IsUnescaped: false);
            return start + match.Length + 1;
        }

        var length = JsonText.PlainLength(line[start..]);
        if (line[start + length] == '"')
        {
            name = new NamePlace(start, length, known.Remember(position, line.Slice(start, length + 1)), IsUnescaped: false);
            return start + length + 1;
        }

        var first = message.Unescaped.Count;
        var behind = JsonText.Unescape(line, start, message.Unescaped);
        name = new NamePlace(first, message.Unescaped.Count - first, KnownAs: 0, IsUnescaped: true);
        return behind;
    }

    private static int ReadValues(ReadOnlySpan<byte> line, int at, ref Element element, Message message)
    {
        // Of a member that comes twice the last counts.
        message.HasOddNumbers |= element.HasValues;
        message.Values.CutTo(element.FirstValue);
        element.HasValues = true;
        element.InvalidValues = 0;
        at = JsonValue.SkipSpace(line, at);
        if (line[at] == '[')
        {
            element.ValuesIsArray = true;
            var behindAll = ReadItems(line, at, message.Values, out element.InvalidValues);
            message.Numbers.Add(new NumberPlace(at, behindAll, NumberKind.Values, message.Scalars.Count));
            return behindAll;
        }

        var behind = JsonValue.SkipWord(line, at, "null"u8);
        element.ValuesIsArray = behind > 0;
        return behind > 0 ? behind : JsonValue.SkipValue(line, at, ElementDepth);
    }

    /// <summary>Reads the numbers of an array; what is none is counted and left out.</summary>
    /// <param name="line">The line.</param>
    /// <param name="at">The place of its opening bracket.</param>
    /// <param name="values">Takes them.</param>
    /// <param name="invalid">Items that are no numbers.</param>
    public static int ReadItems(ReadOnlySpan<byte> line, int at, Samples<float> values, out int invalid)
    {
        invalid = 0;
        var (start, first) = (at++, values.Count);
        if (JsonValue.Expect(line, at, (byte)']') is var empty and > 0)
        {
            return empty;
        }

        while (true)
        {
            if (values.IsFull)
            {
                values.Reserve(values.Count + Expected(values.Count - first, at - start, line.Length - at));
            }

            var behind = JsonNumber.ReadSingle(line, at, out var number);
            if (behind > 0)
            {
                values.Add(number);
            }
            else
            {
                behind = JsonValue.ReadAsNumber(line, at, ElementDepth + 1, out var value, out var isNumber);
                if (behind < 0)
                {
                    return behind;
                }

                if (isNumber)
                {
                    values.Add((float)value);
                }
                else
                {
                    invalid++;
                }
            }

            if (line[behind] == ',')
            {
                at = behind + 1;
                continue;
            }

            at = JsonValue.Expect(line, behind, (byte)',');
            if (at < 0)
            {
                return JsonValue.Expect(line, behind, (byte)']');
            }
        }
    }

    // Items that the rest of a line will hold, if they are as long as those before: an eighth more, and never few; of
    // three times those that there are already, as the rest of a stranger's line may be anything.
    private static int Expected(int items, int bytes, int left)
    {
        const int Few = 64;
        var expected = (long)(items + 1) * left / bytes * 9 / 8;
        return (int)Math.Clamp(expected, Few, (3L * items) + Few);
    }

    private static void Add(ElementKind kind, in Element element, Message message)
    {
        var isValid = !element.Name.IsEmpty && element.SecondsIsNumber && element.AmountIsNumber && element.ValuesIsArray
            && (kind != ElementKind.Bus || !element.Destination.IsEmpty);
        if (!isValid)
        {
            message.InvalidElements++;
            message.Values.CutTo(element.FirstValue);
            return;
        }

        switch (kind)
        {
            case ElementKind.Worker:
                message.Workers.Add(new WorkerSample(element.Name, element.Seconds, element.Amount));
                break;
            case ElementKind.Bus:
                message.Buses.Add(new BusSample(element.Name, element.Destination, element.Seconds, element.Amount));
                break;
            case ElementKind.MemoryNode:
                message.MemoryNodes.Add(new MemoryNodeSample(element.Name, element.Amount));
                break;
            default:
                message.InvalidElements += element.InvalidValues;
                message.Scalars.Add(new ScalarSample(element.Name, element.FirstValue, message.Values.Count - element.FirstValue));
                break;
        }
    }

    private static int PositionOf(ElementKind kind, Message message) => kind switch
    {
        ElementKind.Worker => message.Workers.Count,
        ElementKind.Bus => message.Buses.Count,
        ElementKind.MemoryNode => message.MemoryNodes.Count,
        _ => message.Scalars.Count,
    };

    private static NumberKind SecondsOf(ElementKind kind) =>
        kind == ElementKind.Worker ? NumberKind.WorkerSeconds : NumberKind.BusSeconds;

    private static NumberKind AmountOf(ElementKind kind) => kind switch
    {
        ElementKind.Worker => NumberKind.WorkerFlops,
        ElementKind.Bus => NumberKind.BusBytes,
        _ => NumberKind.MemoryBytes,
    };

    /// <summary>What has been read of one element.</summary>
    private struct Element(int firstValue)
    {
        public NamePlace Name;
        public NamePlace Destination;
        public double Seconds;
        public double Amount;
        public bool SecondsIsNumber = true;
        public bool AmountIsNumber = true;
        public bool ValuesIsArray = true;
        public bool HasValues;
        public int FirstValue = firstValue;
        public int InvalidValues;
    }
}
