using System.Runtime.CompilerServices;
using NNTileLogger.Ingest.Points;

namespace NNTileLogger.Ingest.History;

/// <summary>Where a value stands: its payload stays in the file until somebody asks for it.</summary>
/// <param name="Step">Its step.</param>
/// <param name="WallTime">When it was written.</param>
/// <param name="File">The file, by its number in the run.</param>
/// <param name="Offset">Where the record begins.</param>
/// <param name="Value">Which value of the event's summary it is; not used where the event holds it itself.</param>
/// <param name="Blobs">How many blobs it holds.</param>
internal readonly record struct Place(long Step, double WallTime, int File, long Offset, int Value, int Blobs);

/// <summary>
/// A series of tensors or blobs (histograms, images, texts): only the places of its values are kept, every one while they
/// are few, then every second, fourth and so on, and always the last.
/// </summary>
internal sealed class PlaceSeries(HistoryRun run, byte[] tag, SeriesInfo info, PointMemory memory) : FileSeries(run, tag, info)
{
    /// <summary>Values kept at most; TensorBoard asks for 500 of the most frequent kind.</summary>
    private const int MostKept = 1024;

    private const int Least = 16;

    private readonly List<Place> _places = [];

    // Of so many values one is kept; counts down to the next.
    private int _stride = 1;
    private int _untilNext;
    private Place? _last;

    public override long Count => ((long)_places.Count * _stride) + (_last is null ? 0 : 1);

    /// <summary>True while no value is left out.</summary>
    public bool IsExact => _stride == 1;

    public override (long Step, double WallTime)? Last
    {
        get
        {
            if (_places.Count == 0 && _last is null)
            {
                return null;
            }

            var latest = _last?.WallTime ?? double.NegativeInfinity;
            foreach (var place in _places)
            {
                latest = Math.Max(latest, place.WallTime);
            }

            return ((_last ?? _places[^1]).Step, latest);
        }
    }

    /// <summary>The most blobs that one of its values holds.</summary>
    public int MostBlobs => Math.Max(_last?.Blobs ?? 0, _places.Count == 0 ? 0 : _places.Max(place => place.Blobs));

    public override void Add(in Place place, in ValueView value)
    {
        EraseFrom(place.Step);
        if (!Payload.TryCount(Info, value, out var blobs))
        {
            return;
        }

        _last = place with { Blobs = blobs };
        if (_untilNext-- == 0)
        {
            _untilNext = _stride - 1;
            Keep(_last.Value);
            _last = null;
        }
    }

    /// <summary>Gives the places kept, in their order.</summary>
    public void CopyTo(List<Place> into)
    {
        into.AddRange(_places);
        if (_last is { } last)
        {
            into.Add(last);
        }
    }

    public override void Clear()
    {
        memory.Release(BytesOf(_places.Capacity));
        _places.Clear();
        _places.TrimExcess();
        (_stride, _untilNext, _last) = (1, 0, null);
    }

    public override void ShrinkTo(int most)
    {
        while (_places.Count > Math.Max(most, Least))
        {
            Thin();
        }

        var before = _places.Capacity;
        _places.TrimExcess();
        memory.Release(BytesOf(before - _places.Capacity));
    }

    private void EraseFrom(long step)
    {
        if (_last?.Step >= step)
        {
            _last = null;
        }

        var count = _places.Count;
        while (count > 0 && _places[count - 1].Step >= step)
        {
            count--;
        }

        _places.RemoveRange(count, _places.Count - count);
        if (count == 0 && _last is null)
        {
            (_stride, _untilNext) = (1, 0);
        }
    }

    private void Keep(in Place place)
    {
        if (_places.Count == _places.Capacity && !TryGrow())
        {
            Thin();
        }

        _places.Add(place);
    }

    private bool TryGrow()
    {
        var larger = Math.Max(_places.Capacity * 2, Least);
        if (larger > MostKept || !memory.TryReserve(BytesOf(larger - _places.Capacity), isFirst: _places.Capacity == 0))
        {
            return false;
        }

        _places.Capacity = larger;
        return true;
    }

    private void Thin()
    {
        var kept = 0;
        for (var at = 0; at < _places.Count; at += 2)
        {
            _places[kept++] = _places[at];
        }

        _places.RemoveRange(kept, _places.Count - kept);
        _stride *= 2;
    }

    private static long BytesOf(int places) => (long)places * Unsafe.SizeOf<Place>();
}
