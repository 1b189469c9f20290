namespace NNTileLogger.Ingest.Protocol;

/// <summary>
/// Reads one line into a <see cref="Message"/>; a pure function. A line that is no JSON object is refused whole; inside
/// a good one only what is wrong is passed over and counted.
/// </summary>
internal ref struct MessageReader
{
    // Depths of the values that elements and their members stand in: message, array, element.
    private const int MessageDepth = 1;
    private const int ArrayDepth = 2;
    private const int ElementDepth = 3;

    private readonly Message _message;
    private JsonScanner _json;

    private MessageReader(ReadOnlySpan<byte> line, Message message)
    {
        _json = new JsonScanner(line);
        _message = message;
    }

    /// <summary>Reads a line.</summary>
    /// <param name="line">The line, its newline included.</param>
    /// <param name="message">Takes the samples; holds nothing of use where the result is not accepted.</param>
    public static LineResult Read(ReadOnlySpan<byte> line, Message message)
    {
        message.Clear();
        var reader = new MessageReader(line, message);
        if (reader._json.IsAtEnd())
        {
            return LineResult.Blank;
        }

        if (reader.TryReadMessage() && reader._json.IsAtEnd())
        {
            return LineResult.Accepted;
        }

        return reader._json.IsTooDeep ? LineResult.TooDeep : LineResult.InvalidJson;
    }

    private bool TryReadMessage()
    {
        if (!_json.TrySkip((byte)'{'))
        {
            return false;
        }

        if (_json.TrySkip((byte)'}'))
        {
            return true;
        }

        do
        {
            if (!TryReadKey(ElementKind.Message, out var member) || !TryReadArray(member))
            {
                return false;
            }
        }
        while (_json.TrySkip((byte)','));

        return _json.TrySkip((byte)'}');
    }

    private bool TryReadArray(Member member)
    {
        var kind = member switch
        {
            Member.Workers => ElementKind.Worker,
            Member.Buses => ElementKind.Bus,
            Member.MemoryNodes => ElementKind.MemoryNode,
            Member.Scalars => ElementKind.Scalar,
            _ => ElementKind.Message,
        };
        if (kind == ElementKind.Message)
        {
            return _json.TrySkipValue(MessageDepth);
        }

        switch (_json.SkipSpace())
        {
            case (byte)'[':
                return TryReadElements(kind);
            case (byte)'n' when _json.TrySkip("null"u8):
                return true;
            default:
                _message.InvalidElements++;
                return _json.TrySkipValue(MessageDepth);
        }
    }

    private bool TryReadElements(ElementKind kind)
    {
        _json.Skip(1);
        if (_json.TrySkip((byte)']'))
        {
            return true;
        }

        do
        {
            if (_json.SkipSpace() == '{')
            {
                if (!TryReadElement(kind))
                {
                    return false;
                }
            }
            else
            {
                _message.InvalidElements++;
                if (!_json.TrySkipValue(ArrayDepth))
                {
                    return false;
                }
            }
        }
        while (_json.TrySkip((byte)','));

        return _json.TrySkip((byte)']');
    }

    private bool TryReadElement(ElementKind kind)
    {
        _json.Skip(1);
        var element = new Element { FirstValue = _message.Values.Count };
        if (!_json.TrySkip((byte)'}'))
        {
            do
            {
                if (!TryReadKey(kind, out var member) || !TryReadMember(member, ref element))
                {
                    return false;
                }
            }
            while (_json.TrySkip((byte)','));

            if (!_json.TrySkip((byte)'}'))
            {
                return false;
            }
        }

        Add(kind, element);
        return true;
    }

    private bool TryReadMember(Member member, ref Element element)
    {
        var next = _json.SkipSpace();
        switch (member)
        {
            case Member.Name:
                return TryReadName(next, out element.Name);
            case Member.Destination:
                return TryReadName(next, out element.Destination);
            case Member.Seconds:
                return _json.TryReadNumber(out element.Seconds, out element.SecondsIsNumber, ElementDepth);
            case Member.Amount:
                return _json.TryReadNumber(out element.Amount, out element.AmountIsNumber, ElementDepth);
            case Member.Values:
                return TryReadValues(next, ref element);
            default:
                return _json.TrySkipValue(ElementDepth);
        }
    }

    private bool TryReadName(byte next, out NamePlace name)
    {
        if (next == '"')
        {
            return _json.TryReadString(_message.Unescaped, out name);
        }

        name = default;
        return _json.TrySkipValue(ElementDepth);
    }

    private bool TryReadValues(byte next, ref Element element)
    {
        // Of a member that comes twice the last counts.
        _message.Values.CutTo(element.FirstValue);
        element.InvalidValues = 0;
        element.ValuesIsArray = true;
        if (next != '[')
        {
            element.ValuesIsArray = _json.TrySkip("null"u8);
            return element.ValuesIsArray || _json.TrySkipValue(ElementDepth);
        }

        _json.Skip(1);
        if (_json.TrySkip((byte)']'))
        {
            return true;
        }

        do
        {
            _json.SkipSpace();
            if (!_json.TryReadNumber(out var value, out var isNumber, ElementDepth + 1))
            {
                return false;
            }

            if (isNumber)
            {
                _message.Values.Add((float)value);
            }
            else
            {
                element.InvalidValues++;
            }
        }
        while (_json.TrySkip((byte)','));

        return _json.TrySkip((byte)']');
    }

    private readonly void Add(ElementKind kind, in Element element)
    {
        var isValid = !element.Name.IsEmpty && element.SecondsIsNumber && element.AmountIsNumber && element.ValuesIsArray
            && (kind != ElementKind.Bus || !element.Destination.IsEmpty);
        if (!isValid)
        {
            _message.InvalidElements++;
            _message.Values.CutTo(element.FirstValue);
            return;
        }

        _message.InvalidElements += element.InvalidValues;
        switch (kind)
        {
            case ElementKind.Worker:
                _message.Workers.Add(new WorkerSample(element.Name, element.Seconds, element.Amount));
                break;
            case ElementKind.Bus:
                _message.Buses.Add(new BusSample(element.Name, element.Destination, element.Seconds, element.Amount));
                break;
            case ElementKind.MemoryNode:
                _message.MemoryNodes.Add(new MemoryNodeSample(element.Name, element.Amount));
                break;
            default:
                var count = _message.Values.Count - element.FirstValue;
                _message.Scalars.Add(new ScalarSample(element.Name, element.FirstValue, count));
                break;
        }
    }

    // The key as clients write it, told by its first letter and compared with its quote and colon at once; anything
    // else (white space, escapes, unknown keys) takes the slow way.
    private bool TryReadKey(ElementKind kind, out Member member)
    {
        member = Member.Unknown;
        if (_json.SkipSpace() != '"')
        {
            return false;
        }

        _json.Skip(1);
        foreach (ref readonly var key in MemberKeys.Of(kind))
        {
            if (_json.Rest[0] == key.Bytes[0] && _json.TrySkip(key.Bytes))
            {
                member = key.Member;
                return true;
            }
        }

        return TryReadOddKey(kind, out member);
    }

    private bool TryReadOddKey(ElementKind kind, out Member member)
    {
        _json.Skip(-1);
        member = Member.Unknown;
        var unescaped = _message.Unescaped.Count;
        if (!_json.TryReadString(_message.Unescaped, out var place))
        {
            return false;
        }

        var name = _message.NameIn(_json.Line, place);
        foreach (var key in MemberKeys.Of(kind))
        {
            if (name.SequenceEqual(key.Name))
            {
                member = key.Member;
            }
        }

        _message.Unescaped.CutTo(unescaped);
        return _json.TrySkip((byte)':');
    }

    /// <summary>What has been read of one element.</summary>
    private struct Element
    {
        public NamePlace Name;
        public NamePlace Destination;
        public double Seconds;
        public double Amount;
        public bool SecondsIsNumber = true;
        public bool AmountIsNumber = true;
        public bool ValuesIsArray = true;
        public int FirstValue;
        public int InvalidValues;

        public Element()
        {
        }
    }
}

/// <summary>What became of a line.</summary>
internal enum LineResult
{
    /// <summary>One JSON object, number words aside.</summary>
    Accepted,

    /// <summary>White space: ignored and not counted.</summary>
    Blank,

    /// <summary>Not one JSON object.</summary>
    InvalidJson,

    /// <summary>Nested deeper than 64.</summary>
    TooDeep,
}
