namespace NNTileLogger.Ingest.Protocol;

/// <summary>A list that keeps its memory when it is emptied and whose end can be cut off again. One thread.</summary>
internal sealed class Samples<T>
    where T : struct
{
    private T[] _items = new T[16];

    public int Count { get; private set; }

    public ReadOnlySpan<T> Span => _items.AsSpan(0, Count);

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
