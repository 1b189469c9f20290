using NNTileLogger.Ingest.Points;

namespace NNTileLogger.Ingest.EventFiles;

/// <summary>
/// Points that were taken in one by one and are in no chunk yet: a table with a column for each series and a row for each
/// message. A message of thousands of series then goes along one row, and the way to a series, its run and its chunk, a
/// dozen places all over the memory, is gone once for many points. A part of its <see cref="RunSet"/>; under its lock.
/// </summary>
internal sealed class WaitingPoints(RunSet set)
{
    // A training at its usual pace has one point of a series waiting.
    private const int FewestPlaces = 2;

    // The way to one of a hundred series is short, as all of them are in the processor's caches, and so should be what
    // waits; the way to one of thousands costs as much as twenty of its records.
    private const int PlacesOfFewSeries = 32;
    private const int PlacesOfManySeries = byte.MaxValue;
    private const int MostPlacesOfAll = 4 << 20;

    // An arrival is told by a byte.
    private const int MostArrivals = 1 << 8;

    private SeriesWriter[] _series = new SeriesWriter[16];
    private int _seriesCount;

    // The table, row by row: each series has a place in each, and has filled so many of them from the first on.
    private int _places = FewestPlaces;
    private float[] _values = new float[16 * FewestPlaces];
    private byte[] _arrivalNumbers = new byte[16 * FewestPlaces];
    private byte[] _counts = new byte[16];

    // The column of a series, while it is put into chunks.
    private readonly float[] _column = new float[byte.MaxValue];
    private readonly Batch[] _batchesOfColumn = new Batch[byte.MaxValue];

    // The series to be put into chunks.
    private int[] _used = new int[16];
    private int _usedCount;
    private bool[] _isUsed = new bool[16];

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
                count += _counts[number];
            }

            return count;
        }
    }

    /// <summary>Numbers a new series.</summary>
    public int NumberFor(SeriesWriter series)
    {
        if (_seriesCount == _series.Length)
        {
            WidenTable();
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
        if (_counts[number] == _places)
        {
            MakeRoom(number);
        }

        Add(number, value);
    }

    /// <summary>Takes a point in where that takes no more memory or there is some.</summary>
    /// <param name="number">The number of its series.</param>
    /// <param name="value">Its value.</param>
    public bool TryAppend(int number, float value)
    {
        if (_counts[number] == _places)
        {
            if (set.IsFull)
            {
                return false;
            }

            MakeRoom(number);
        }

        Add(number, value);
        return true;
    }

    /// <summary>Puts the points of one series into chunks: what follows does not go this way.</summary>
    public void PutIntoChunks(int number)
    {
        var (series, count) = (_series[number], (int)_counts[number]);
        if (count == 0)
        {
            return;
        }

        _counts[number] = 0;
        for (var taken = 0; taken < count;)
        {
            var values = _column.AsSpan(0, count - taken);
            var batches = CopyColumn(number, taken, values);
            var since = ArrivalOf(_arrivalNumbers[(taken * _series.Length) + number]).Timestamp;
            taken += series.Append(values, batches, since);
        }
    }

    /// <summary>Puts all of them into chunks, for those who write or look.</summary>
    public void PutIntoChunks()
    {
        foreach (var number in _used.AsSpan(0, _usedCount))
        {
            PutIntoChunks(number);
            _isUsed[number] = false;
        }

        _usedCount = 0;
        // Of the arrival at hand more may come.
        if (_oldestArrival != _nextArrival)
        {
            _oldestArrival = _nextArrival - 1;
        }
    }

    /// <summary>Tells whether a series has any. Any thread.</summary>
    public bool Has(int number) => _counts is var counts && number < counts.Length && counts[number] > 0;

    /// <summary>
    /// Marks the runs that they are of, for the writer: it puts those of a few runs into chunks right before it writes them,
    /// while all that takes is in the processor's caches.
    /// </summary>
    public void MarkRuns()
    {
        var (used, oldest) = (0, 0u);
        foreach (var number in _used.AsSpan(0, _usedCount))
        {
            if (_counts[number] == 0)
            {
                _isUsed[number] = false;
                continue;
            }

            _used[used++] = number;
            oldest = Math.Max(oldest, (byte)(_nextArrival - 1 - _arrivalNumbers[number]) + 1u);
            set.Dirty.Mark(_series[number].Run, fullBytes: 0);
        }

        _usedCount = used;
        _oldestArrival = _nextArrival - oldest;
    }

    private void Add(int number, float value)
    {
        var count = _counts[number];
        if (count == 0)
        {
            NoteUsed(number);
        }

        _counts[number] = (byte)(count + 1);
        var place = (count * _series.Length) + number;
        _values[place] = value;
        _arrivalNumbers[place] = (byte)(_nextArrival - 1);
    }

    private void MakeRoom(int number)
    {
        if (_places < MostPlacesFor(_series.Length))
        {
            _places = Math.Min(2 * _places, MostPlacesFor(_series.Length));
            Array.Resize(ref _values, _series.Length * _places);
            Array.Resize(ref _arrivalNumbers, _series.Length * _places);
        }
        else
        {
            PutIntoChunks(number);
        }
    }

    // What waits goes into chunks.
    private void WidenTable()
    {
        PutIntoChunks();
        Array.Resize(ref _series, 2 * _seriesCount);
        Array.Resize(ref _counts, _series.Length);
        Array.Resize(ref _isUsed, _series.Length);
        _places = Math.Min(_places, MostPlacesFor(_series.Length));
        _values = new float[_series.Length * _places];
        _arrivalNumbers = new byte[_series.Length * _places];
    }

    private static int MostPlacesFor(int series)
    {
        var wanted = Math.Clamp(series / 4, PlacesOfFewSeries, PlacesOfManySeries);
        return Math.Clamp(MostPlacesOfAll / series, FewestPlaces, wanted);
    }

    // From a row on; gives what of it came together.
    private Span<Batch> CopyColumn(int number, int firstRow, Span<float> column)
    {
        var (table, arrivalNumbers, width) = (_values, _arrivalNumbers, _series.Length);
        var place = (firstRow * width) + number;
        var (begin, arrival, batches) = (0, (int)arrivalNumbers[place], 0);
        for (var row = 0; row < column.Length; row++)
        {
            column[row] = table[place];
            if (arrivalNumbers[place] != arrival)
            {
                _batchesOfColumn[batches++] = new Batch(ArrivalOf((uint)arrival).WallTime, row - begin);
                (begin, arrival) = (row, arrivalNumbers[place]);
            }

            place += width;
        }

        _batchesOfColumn[batches++] = new Batch(ArrivalOf((uint)arrival).WallTime, column.Length - begin);
        return _batchesOfColumn.AsSpan(0, batches);
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
        // What was put into chunks by itself is still noted.
        if (_isUsed[number])
        {
            return;
        }

        _isUsed[number] = true;
        if (_usedCount == _used.Length)
        {
            Array.Resize(ref _used, 2 * _usedCount);
        }

        _used[_usedCount++] = number;
    }
}
