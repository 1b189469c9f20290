namespace NNTileLogger.Ingest.Protocol;

/// <summary>
/// What a line looks like: all of it but its numbers. A training sends the same elements in the same order every time,
/// so that comparing the text between two numbers takes the place of reading keys and names: twice as fast on large
/// messages. One thread.
/// </summary>
internal sealed class LineShape(ShapeMemory memory, NameNumbers numbers)
{
    // A node of 16 GPUs takes 24 KB; ten thousand workers fit too.
    private const int LongestLine = 1 << 20;

    private readonly Samples<NumberPlace> _numbers = new();
    private readonly Message _samples = new();
    private byte[] _line = [];
    private int _length;
    private long _memory;
    private int _version;

    /// <summary>Reads a line that has this shape.</summary>
    /// <param name="line">The line, its newline included.</param>
    /// <param name="message">Takes the samples; holds nothing of use where the line has another shape.</param>
    /// <returns>False where the line has another shape, or no plain number where this one has a number.</returns>
    public bool TryRead(ReadOnlySpan<byte> line, Message message)
    {
        ReadOnlySpan<byte> shape = _line.AsSpan(0, _length);
        var numbers = _numbers.Span;
        if (shape.IsEmpty || !line.EndsWith(shape[(numbers.IsEmpty ? 0 : numbers[^1].End)..]))
        {
            return false;
        }

        message.TakeNames(_samples, of: this, _version);
        var at = 0;
        var from = 0;
        foreach (ref readonly var number in numbers)
        {
            var text = shape[from..number.Start];
            if (!line[at..].StartsWith(text))
            {
                return false;
            }

            at += text.Length;
            from = number.End;
            if (number.Kind == NumberKind.Values)
            {
                at = ReadValues(line, at, number.Element, message);
            }
            else
            {
                at = JsonNumber.Read(line, at, out var value);
                message.Set(number.Kind, number.Element, value);
            }

            if (at < 0)
            {
                return false;
            }
        }

        return at + (_length - from) == line.Length;
    }

    /// <summary>Becomes the shape of a line, where that can be told and there is memory for it.</summary>
    /// <param name="line">The line.</param>
    /// <param name="message">What was read from it.</param>
    public void Learn(ReadOnlySpan<byte> line, Message message)
    {
        _length = 0;
        _version++;
        if (!message.HasShape || line.Length > LongestLine || !TryTakeMemory(line.Length + message.ShapeBytes))
        {
            return;
        }

        if (_line.Length < line.Length)
        {
            _line = new byte[line.Length];
        }

        line.CopyTo(_line);
        _length = line.Length;
        _numbers.Clear();
        _numbers.AddRange(message.Numbers.Span);
        _samples.TakeNames(message, _line);
        _samples.NumberNames(numbers);
    }

    public void Close()
    {
        _length = 0;
        memory.Release(_memory);
        _memory = 0;
    }

    // Kept until the end of the connection: shapes come in turn.
    private bool TryTakeMemory(long bytes)
    {
        if (bytes > _memory)
        {
            if (!memory.TryTake(bytes - _memory))
            {
                return false;
            }

            _memory = bytes;
        }

        return true;
    }

    private static int ReadValues(ReadOnlySpan<byte> line, int at, int scalar, Message message)
    {
        if (line[at] != '[')
        {
            return JsonValue.Invalid;
        }

        var first = message.Values.Count;
        at = ElementReader.ReadItems(line, at, message.Values, out var invalid);
        message.InvalidElements += invalid;
        ref var sample = ref message.Scalars.Items[scalar];
        (sample.Start, sample.Count) = (first, message.Values.Count - first);
        return at;
    }
}

/// <summary>What a number of a line is.</summary>
internal enum NumberKind
{
    WorkerSeconds,
    WorkerFlops,
    BusSeconds,
    BusBytes,
    MemoryBytes,

    /// <summary>All values of a scalar, brackets included.</summary>
    Values,
}

/// <summary>A number of a line.</summary>
/// <param name="Start">Its place in the line.</param>
/// <param name="End">The place behind it.</param>
/// <param name="Kind">What it is.</param>
/// <param name="Element">The sample it is of.</param>
internal readonly record struct NumberPlace(int Start, int End, NumberKind Kind, int Element);

/// <summary>The memory of the shapes of all connections. Any thread.</summary>
internal sealed class ShapeMemory(long limit)
{
    private long _used;

    /// <summary>Takes memory where the limit allows it.</summary>
    public bool TryTake(long bytes)
    {
        if (Interlocked.Add(ref _used, bytes) <= limit)
        {
            return true;
        }

        Release(bytes);
        return false;
    }

    public void Release(long bytes) => Interlocked.Add(ref _used, -bytes);
}
