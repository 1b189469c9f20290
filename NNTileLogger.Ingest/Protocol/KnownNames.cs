namespace NNTileLogger.Ingest.Protocol;

/// <summary>
/// Remembers which name stood where in the last message of a connection: clients send the same elements in the same
/// order every time, and comparing is cheaper than searching for the end of a name and looking it up. One thread.
/// </summary>
internal sealed class KnownNames(NameNumbers numbers)
{
    // A node of 16 GPUs takes 24 KB; hostile messages have millions of elements.
    private const int MostPositions = 1 << 12;
    private const int MostBytes = 48 << 10;

    private Known[] _known = new Known[16];
    private int _bytes;

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
        if (bytes > MostBytes)
        {
            return 0;
        }

        _bytes = bytes;
        _known[position] = new Known(nameAndQuote.ToArray(), numbers.Next());
        return _known[position].Number;
    }

    private readonly record struct Known(byte[]? QuotedEnd, int Number);
}

/// <summary>
/// Numbers the names of one connection, so that a name that comes again is told without comparing or looking it up: those
/// that <see cref="KnownNames"/> remembers, and those that are part of a <see cref="LineShape"/>. One thread.
/// </summary>
internal sealed class NameNumbers
{
    private int _last;

    /// <summary>A number that was not given before; 0, which tells nothing, where there is none left.</summary>
    public int Next() => _last == int.MaxValue ? 0 : ++_last;
}
