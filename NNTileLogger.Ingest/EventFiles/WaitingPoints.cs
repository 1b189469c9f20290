using System.Runtime.CompilerServices;

namespace NNTileLogger.Ingest.EventFiles;

/// <summary>
/// Points that were taken in one by one and are in no chunk yet, a few of each series side by side. A message of
/// thousands of series then goes through one array from begin to end, and the way to a series, its run, its chunk and
/// its record's template, a dozen places all over the memory, is gone once for many points. A part of its
/// <see cref="RunSet"/>; under its lock.
/// </summary>
internal sealed class WaitingPoints(RunSet set)
{
    // With these a series takes four lines of the processor's cache. With a dozen, in one line, a point of a thousand
    // series took a tenth more time, and one of ten thousand a fifth.
    private const int MostOfSeries = 50;

    // An arrival is told by a byte.
    private const int MostArrivals = 1 << 8;

    private Slot[] _slots = new Slot[16];
    private SeriesWriter[] _series = new SeriesWriter[16];
    private int _seriesCount;
    private int[] _used = new int[16];
    private int _usedCount;

    // A ring; its length is a power of two.
    private Arrival[] _arrivals = new Arrival[4];
    private uint _oldestArrival;
    private uint _nextArrival;

    /// <summary>True where there is none; perhaps false where all have been put into chunks one series at a time.</summary>
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
        if (_nextArrival != _oldestArrival && ArrivalOf(_nextArrival - 1).WallTime == arrival.WallTime)
        {
            return;
        }

        if (_nextArrival - _oldestArrival == _arrivals.Length)
        {
            MakeRoomForArrivals();
        }

        ArrivalOf(_nextArrival++) = arrival;
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

            series.Append(slot.Values[first..behind], ArrivalOf(slot.Arrivals[first]));
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
        _oldestArrival = _nextArrival;
    }

    /// <summary>Tells whether a series has any.</summary>
    public bool Has(int number) => _slots[number].Count > 0;

    /// <summary>
    /// Marks the runs that they are of, for the writer: it puts those of a run into a chunk right before it writes it,
    /// while all that takes is in the processor's caches.
    /// </summary>
    public void MarkRuns()
    {
        var (used, oldest) = (0, 0u);
        foreach (var number in _used.AsSpan(0, _usedCount))
        {
            ref var slot = ref _slots[number];
            if (slot.Count == 0)
            {
                slot.IsUsed = false;
                continue;
            }

            _used[used++] = number;
            oldest = Math.Max(oldest, (byte)(_nextArrival - 1 - slot.Arrivals[0]) + 1u);
            set.Dirty.Mark(_series[number].Run, fullBytes: 0);
        }

        _usedCount = used;
        _oldestArrival = _nextArrival - oldest;
    }

    private void Append(ref Slot slot, int number, float value)
    {
        if (!slot.IsUsed)
        {
            slot.IsUsed = true;
            NoteUsed(number);
        }

        slot.Values[slot.Count] = value;
        slot.Arrivals[slot.Count] = (byte)(_nextArrival - 1);
        slot.Count++;
    }

    private ref Arrival ArrivalOf(uint number) => ref _arrivals[number & (uint)(_arrivals.Length - 1)];

    private void MakeRoomForArrivals()
    {
        if (_arrivals.Length == MostArrivals)
        {
            PutIntoChunks();
            return;
        }

        var larger = new Arrival[2 * _arrivals.Length];
        for (var number = _oldestArrival; number != _nextArrival; number++)
        {
            larger[number & (uint)(larger.Length - 1)] = ArrivalOf(number);
        }

        _arrivals = larger;
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
