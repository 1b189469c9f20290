namespace NNTileLogger.Ingest.Protocol;

/// <summary>
/// Reads the lines of one connection into a <see cref="Message"/> each. A line that is no JSON object is refused whole;
/// inside a good one only what is wrong is passed over and counted. Each method goes from a place in the line to the
/// place behind, so that the place stays in a register. One thread.
/// </summary>
internal sealed class MessageReader
{
    // Depths of the values that arrays and elements stand in.
    private const int MessageDepth = 1;
    private const int ArrayDepth = 2;

    private readonly KnownShapes _shapes;
    private readonly ElementReader _elements;

    /// <param name="memory">For the shapes of its lines.</param>
    public MessageReader(ShapeMemory memory)
    {
        var numbers = new NameNumbers();
        _shapes = new KnownShapes(memory, numbers);
        _elements = new ElementReader(numbers);
    }

    /// <summary>Reads a line.</summary>
    /// <param name="line">The line, its newline included.</param>
    /// <param name="message">Takes the samples; holds nothing of use where the result is not accepted.</param>
    public LineResult Read(ReadOnlySpan<byte> line, Message message)
    {
        if (_shapes.TryRead(line, message))
        {
            return LineResult.Accepted;
        }

        message.Clear();
        if (IsEnd(line, 0))
        {
            return LineResult.Blank;
        }

        var behind = ReadMessage(line, message);
        if (behind > 0 && IsEnd(line, behind))
        {
            _shapes.Learn(line, message);
            return LineResult.Accepted;
        }

        return behind == JsonValue.TooDeep ? LineResult.TooDeep : LineResult.InvalidJson;
    }

    /// <summary>Gives its memory back; no line may be read after.</summary>
    public void Close() => _shapes.Close();

    private static bool IsEnd(ReadOnlySpan<byte> line, int at) => JsonValue.SkipSpace(line, at) == line.Length - 1;

    private int ReadMessage(ReadOnlySpan<byte> line, Message message)
    {
        var at = JsonValue.Expect(line, 0, (byte)'{');
        if (at < 0)
        {
            return at;
        }

        if (JsonValue.Expect(line, at, (byte)'}') is var empty and > 0)
        {
            return empty;
        }

        while (true)
        {
            at = ElementReader.ReadKey(line, at, ElementKind.Message, message, out var member);
            at = at < 0 ? at : ReadArray(line, at, KindOf(member), message);
            if (at < 0)
            {
                return at;
            }

            var next = JsonValue.Expect(line, at, (byte)',');
            if (next < 0)
            {
                return JsonValue.Expect(line, at, (byte)'}');
            }

            at = next;
        }
    }

    private int ReadArray(ReadOnlySpan<byte> line, int at, ElementKind kind, Message message)
    {
        if (kind == ElementKind.Message)
        {
            return JsonValue.SkipValue(line, at, MessageDepth);
        }

        at = JsonValue.SkipSpace(line, at);
        if (line[at] == '[')
        {
            return ReadElements(line, at + 1, kind, message);
        }

        if (JsonValue.SkipWord(line, at, "null"u8) is var behind and > 0)
        {
            return behind;
        }

        message.InvalidElements++;
        return JsonValue.SkipValue(line, at, MessageDepth);
    }

    private int ReadElements(ReadOnlySpan<byte> line, int at, ElementKind kind, Message message)
    {
        if (JsonValue.Expect(line, at, (byte)']') is var empty and > 0)
        {
            return empty;
        }

        while (true)
        {
            if (JsonValue.Expect(line, at, (byte)'{') is var element and > 0)
            {
                at = _elements.Read(line, element, kind, message);
            }
            else
            {
                message.InvalidElements++;
                at = JsonValue.SkipValue(line, at, ArrayDepth);
            }

            if (at < 0)
            {
                return at;
            }

            var next = JsonValue.Expect(line, at, (byte)',');
            if (next < 0)
            {
                return JsonValue.Expect(line, at, (byte)']');
            }

            at = next;
        }
    }

    private static ElementKind KindOf(Member member) => member switch
    {
        Member.Workers => ElementKind.Worker,
        Member.Buses => ElementKind.Bus,
        Member.MemoryNodes => ElementKind.MemoryNode,
        Member.Scalars => ElementKind.Scalar,
        _ => ElementKind.Message,
    };
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
