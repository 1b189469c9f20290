using NNTileLogger.Ingest.EventFiles;

namespace NNTileLogger.Ingest.Series;

/// <summary>
/// Finds a series by its name, guessing first that the name at a position is that of the last message: clients send
/// the same elements in the same order every time.
/// </summary>
internal sealed class SeriesByPosition(RunSet runs)
{
    /// <summary>Positions remembered at most: hostile messages have millions.</summary>
    public const int Remembered = 1 << 14;

    private SeriesWriter?[] _last = new SeriesWriter?[16];

    /// <summary>The series of a name; null where the session has as many as it may have.</summary>
    public SeriesWriter? Get(int position, ReadOnlySpan<byte> name, ReadOnlySpan<byte> tag)
    {
        if (position < _last.Length && _last[position] is { } last && last.Run.Name.SequenceEqual(name))
        {
            return last;
        }

        var series = runs.GetSeries(name, tag);
        if (position < Remembered)
        {
            if (position >= _last.Length)
            {
                Array.Resize(ref _last, Math.Max(position + 1, _last.Length * 2));
            }

            _last[position] = series;
        }

        return series;
    }
}
