namespace NNTileLogger.Ingest.Protocol;

/// <summary>
/// Remembers which name stood where in the last message of a connection: clients send the same elements in the same
/// order every time, and comparing is cheaper than searching for the end of a name and looking it up. One thread.
/// </summary>
internal sealed class KnownNames(ShapeMemory memory)
{
    // A message of ten thousand scalars has all its names here; hostile ones have millions of elements.
    private const int MostPositions = 1 << 14;

    // A node of 16 GPUs takes 24 KB; more is taken from what all connections share.
    private const int FreeBytes = 48 << 10;
    private const int TakenAtOnce = 64 << 10;

    private Known[] _known = new Known[16];
    private int _bytes;
    private int _mostBytes = FreeBytes;
    private int _last;

    /// <summary>Tells whether the name of the last message stands at a place again.</summary>
    /// <param name="position">The element's position in its array.</param>
    /// <param name="text">The line from the name's first byte on.</param>
    /// <param name="name">Its length and number where it does.</param>
    public bool TryMatch(int position, ReadOnlySpan<byte> text, out (int Length, int Number) name)
    {
        if (position < _known.Length && _known[position].QuotedEnd is { } bytes && text.StartsWith(bytes))
        {
            name = (bytes.Length - 1, _known[position].Number);
            return true;
        }

        name = default;
        return false;
    }

    /// <summary>Remembers a name.</summary>
    /// <param name="position">The element's position in its array.</param>
    /// <param name="nameAndQuote">The name without escapes, and its closing quote.</param>
    /// <returns>The name's number; 0 where it is not remembered.</returns>
    public int Remember(int position, ReadOnlySpan<byte> nameAndQuote)
    {
        if (position >= MostPositions)
        {
            return 0;
        }

        if (position >= _known.Length)
        {
            Array.Resize(ref _known, Math.Max(position + 1, _known.Length * 2));
        }

        var bytes = _bytes + nameAndQuote.Length - (_known[position].QuotedEnd?.Length ?? 0);
        if (bytes > _mostBytes && !TryTakeMemory(bytes))
        {
            return 0;
        }

        _bytes = bytes;

        _known[position] = new Known(nameAndQuote.ToArray(), ++_last);
        return _last;
    }

    /// <summary>Gives its memory back; nothing may be remembered after.</summary>
    public void Close()
    {
        memory.Release(_mostBytes - FreeBytes);
        _mostBytes = FreeBytes;
    }

    private bool TryTakeMemory(int bytes)
    {
        var more = Math.Max(TakenAtOnce, bytes - _mostBytes);
        if (!memory.TryTake(more))
        {
            return false;
        }

        _mostBytes += more;
        return true;
    }

    private readonly record struct Known(byte[]? QuotedEnd, int Number);
}
