using System.Runtime.CompilerServices;

namespace NNTileLogger.Ingest.EventFiles;

/// <summary>
/// Points that were taken in one by one and are in no chunk yet, a few of each series side by side. A message of
/// thousands of series then goes through one array from begin to end, and the way to a series, its run, its chunk and
/// its record's template, a dozen places all over the memory, is gone once for a dozen points. A part of its
/// <see cref="RunSet"/>; under its lock.
/// </summary>
internal sealed class WaitingPoints(RunSet set)
{
    // With these a series takes one line of the processor's cache.
    private const int MostOfSeries = 12;

    // An arrival is told by a byte.
    private const int MostArrivals = 1 << 8;

    private Slot[] _slots = new Slot[16];
    private SeriesWriter[] _series = new SeriesWriter[16];
    private int _seriesCount;
    private int[] _used = new int[16];
    private int _usedCount;
    private Arrival[] _arrivals = new Arrival[4];
    private int _arrivalCount;

    /// <summary>True where there is none.</summary>
    public bool IsEmpty => _usedCount == 0;

    /// <summary>How many there are.</summary>
    public long Count
    {
        get
        {
            var count = 0L;
            foreach (var number in _used.AsSpan(0, _usedCount))
            {
                count += _slots[number].Count;
            }

            return count;
        }
    }

    /// <summary>Numbers a new series.</summary>
    public int NumberFor(SeriesWriter series)
    {
        if (_seriesCount == _series.Length)
        {
            Array.Resize(ref _series, 2 * _seriesCount);
            Array.Resize(ref _slots, 2 * _seriesCount);
        }

        _series[_seriesCount] = series;
        return _seriesCount++;
    }

    /// <summary>The series of a number.</summary>
    public SeriesWriter SeriesOf(int number) => _series[number];

    /// <summary>Says when the points came that follow.</summary>
    public void Begin(in Arrival arrival)
    {
        if (_arrivalCount > 0 && _arrivals[_arrivalCount - 1].WallTime == arrival.WallTime)
        {
            return;
        }

        if (_arrivalCount == MostArrivals)
        {
            PutIntoChunks();
        }

        if (_arrivalCount == _arrivals.Length)
        {
            Array.Resize(ref _arrivals, 2 * _arrivalCount);
        }

        _arrivals[_arrivalCount++] = arrival;
    }

    /// <summary>Takes a point in, also past the memory limit.</summary>
    /// <param name="number">The number of its series.</param>
    /// <param name="value">Its value.</param>
    public void Append(int number, float value)
    {
        ref var slot = ref _slots[number];
        if (slot.Count == MostOfSeries)
        {
            PutIntoChunks(number);
        }

        Append(ref slot, number, value);
    }

    /// <summary>Takes a point in where that takes no more memory or there is some.</summary>
    /// <param name="number">The number of its series.</param>
    /// <param name="value">Its value.</param>
    public bool TryAppend(int number, float value)
    {
        ref var slot = ref _slots[number];
        if (slot.Count == MostOfSeries)
        {
            if (set.IsFull)
            {
                return false;
            }

            PutIntoChunks(number);
        }

        Append(ref slot, number, value);
        return true;
    }

    /// <summary>Puts the points of one series into chunks: what follows does not go this way.</summary>
    public void PutIntoChunks(int number)
    {
        ref var slot = ref _slots[number];
        var (series, count) = (_series[number], (int)slot.Count);
        slot.Count = 0;
        for (var first = 0; first < count;)
        {
            var behind = first + 1;
            while (behind < count && slot.Arrivals[behind] == slot.Arrivals[first])
            {
                behind++;
            }

            series.Append(slot.Values[first..behind], _arrivals[slot.Arrivals[first]]);
            first = behind;
        }
    }

    /// <summary>Puts all of them into chunks, for those who write or look.</summary>
    public void PutIntoChunks()
    {
        foreach (var number in _used.AsSpan(0, _usedCount))
        {
            PutIntoChunks(number);
            _slots[number].IsUsed = false;
        }

        _usedCount = 0;
        // What comes next of the arrival at hand begins it anew.
        _arrivalCount = 0;
    }

    private void Append(ref Slot slot, int number, float value)
    {
        if (!slot.IsUsed)
        {
            slot.IsUsed = true;
            NoteUsed(number);
        }

        slot.Values[slot.Count] = value;
        slot.Arrivals[slot.Count] = (byte)(_arrivalCount - 1);
        slot.Count++;
    }

    private void NoteUsed(int number)
    {
        if (_usedCount == _used.Length)
        {
            Array.Resize(ref _used, 2 * _usedCount);
        }

        _used[_usedCount++] = number;
    }

    /// <summary>The points of one series.</summary>
    private struct Slot
    {
        public Values Values;
        public Arrivals Arrivals;
        public byte Count;

        /// <summary>It is among those to be put into chunks.</summary>
        public bool IsUsed;
    }

    [InlineArray(MostOfSeries)]
    private struct Values
    {
        private float _first;
    }

    [InlineArray(MostOfSeries)]
    private struct Arrivals
    {
        private byte _first;
    }
}
