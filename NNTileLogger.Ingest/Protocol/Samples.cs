namespace NNTileLogger.Ingest.Protocol;

/// <summary>A list that keeps its memory when it is emptied and whose end can be cut off again. One thread.</summary>
internal sealed class Samples<T>
    where T : struct
{
    private T[] _items = new T[16];

    public int Count { get; private set; }

    public ReadOnlySpan<T> Span => _items.AsSpan(0, Count);

    /// <summary>The same, to change them.</summary>
    public Span<T> Items => _items.AsSpan(0, Count);

    /// <summary>True where the next item takes more memory.</summary>
    public bool IsFull => Count == _items.Length;

    /// <summary>Takes memory for so many items at once: on the way to millions, what was outgrown would wait for the collector.</summary>
    public void Reserve(int items)
    {
        if (items > _items.Length)
        {
            Array.Resize(ref _items, items);
        }
    }

    public void Add(T item)
    {
        if (Count == _items.Length)
        {
            Array.Resize(ref _items, Count * 2);
        }

        _items[Count++] = item;
    }

    public void AddRange(ReadOnlySpan<T> items)
    {
        if (_items.Length - Count < items.Length)
        {
            Array.Resize(ref _items, Math.Max(Count + items.Length, Count * 2));
        }

        items.CopyTo(_items.AsSpan(Count));
        Count += items.Length;
    }

    /// <summary>Becomes a copy of another list.</summary>
    public void Take(Samples<T> other)
    {
        Clear();
        AddRange(other.Span);
    }

    /// <summary>Cuts everything from a place on.</summary>
    public void CutTo(int count) => Count = count;

    public void Clear() => Count = 0;

    /// <summary>Lets go of memory for more than so many items.</summary>
    public void Trim(int largest)
    {
        if (_items.Length > largest)
        {
            Count = 0;
            _items = new T[16];
        }
    }
}
