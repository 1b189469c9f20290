namespace NNTileLogger.Ingest.EventFiles;

/// <summary>
/// The chunks of one run in the order of their points. Points are put into the last one while it is open; those before it,
/// and it too once it is sealed, are to be written. A part of its <see cref="RunWriter"/>; under
/// <see cref="RunSet.WriteGate"/>, and what is said of the open chunk under <see cref="RunSet.Gate"/> too.
/// </summary>
internal struct ChunkQueue(RunSet owner)
{
    private Chunk? _last;
    private bool _lastIsOpen;
    private int _nextSize;

    /// <summary>The oldest chunk, open or not; the others follow it.</summary>
    public Chunk? First { get; private set; }

    /// <summary>The oldest chunk where it is to be written.</summary>
    public readonly Chunk? FirstSealed => First == _last && _lastIsOpen ? null : First;

    /// <summary>The chunk that points are put into; null where there is none. Under the set's lock alone.</summary>
    public readonly Chunk? Open => _lastIsOpen ? _last : null;

    /// <summary>Adds a chunk that is open, and seals the one before.</summary>
    /// <param name="wanted">Bytes it should have room for.</param>
    /// <param name="now">The time in <see cref="TimeProvider"/> ticks.</param>
    /// <param name="full">Bytes that the records of the chunk take that was sealed for it, which was full; 0 where there is none.</param>
    public Chunk Add(int wanted, long now, out int full)
    {
        full = 0;
        if (_lastIsOpen)
        {
            full = _last!.RecordBytes;
            Seal();
            _nextSize = PointBuffer.SizeAfter(_last!, atOnce: _last.Since == now);
        }

        var chunk = owner.Buffer.Rent(Math.Max(wanted, _nextSize), now);
        owner.UnwrittenBytes += chunk.Memory;
        if (_last is null)
        {
            First = chunk;
        }
        else
        {
            _last.Next = chunk;
        }

        _last = chunk;
        _lastIsOpen = true;
        return chunk;
    }

    /// <summary>Closes the open chunk, where there is one: what follows goes to another.</summary>
    public void Seal()
    {
        if (_lastIsOpen)
        {
            _lastIsOpen = false;
            owner.Buffer.Ready(_last!);
            // A run goes on as it was: what a pause cut off tells how much comes until the next.
            _nextSize = _last!.Length;
        }
    }

    /// <summary>Takes the oldest chunk away.</summary>
    /// <returns>It, or null where there is none.</returns>
    public Chunk? RemoveFirst() => Remove(First, before: null);

    /// <summary>The same for the one behind it.</summary>
    public Chunk? RemoveSecond() => Remove(First?.Next, before: First);

    /// <summary>A copy of what is in all chunks.</summary>
    public readonly byte[] CopyPoints()
    {
        var length = 0;
        for (var chunk = First; chunk is not null; chunk = chunk.Next)
        {
            length += chunk.Length;
        }

        var points = new byte[length];
        var at = 0;
        for (var chunk = First; chunk is not null; chunk = chunk.Next)
        {
            chunk.Filled.CopyTo(points.AsSpan(at));
            at += chunk.Length;
        }

        return points;
    }

    private Chunk? Remove(Chunk? chunk, Chunk? before)
    {
        if (chunk is null)
        {
            return null;
        }

        if (chunk == _last)
        {
            Seal();
            _last = before;
        }

        if (before is null)
        {
            First = chunk.Next;
        }
        else
        {
            before.Next = chunk.Next;
        }

        owner.UnwrittenBytes -= chunk.Memory;
        return chunk;
    }
}
