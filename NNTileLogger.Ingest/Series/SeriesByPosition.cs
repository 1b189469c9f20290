using NNTileLogger.Ingest.EventFiles;
using NNTileLogger.Ingest.Protocol;

namespace NNTileLogger.Ingest.Series;

/// <summary>
/// Finds a series by its name, guessing first that the name at a position is that of the last message: clients send
/// the same elements in the same order every time.
/// </summary>
internal sealed class SeriesByPosition(RunSet runs)
{
    /// <summary>Positions remembered at most: hostile messages have millions.</summary>
    public const int Remembered = 1 << 14;

    /// <summary>In place of a series' number where the session has as many as it may have.</summary>
    public const int None = -1;

    private (int KnownAs, int Number)[] _last = new (int, int)[16];

    /// <summary>Tells the number of the series where the name is that of the last message.</summary>
    /// <param name="position">The sample's position in its list.</param>
    /// <param name="name">Its name.</param>
    /// <param name="number">The number.</param>
    public bool TryGuess(int position, in NamePlace name, out int number)
    {
        if (position < _last.Length && _last[position].KnownAs == name.KnownAs && name.KnownAs != 0)
        {
            number = _last[position].Number;
            return true;
        }

        number = None;
        return false;
    }

    /// <summary>The number of the series of a name, or <see cref="None"/>.</summary>
    /// <param name="position">The sample's position in its list.</param>
    /// <param name="place">Where its name is.</param>
    /// <param name="line">The line it is in.</param>
    /// <param name="message">The message it is in.</param>
    /// <param name="tag">The tag; the name itself where empty.</param>
    public int Get(int position, NamePlace place, ReadOnlySpan<byte> line, Message message, ReadOnlySpan<byte> tag)
    {
        if (TryGuess(position, place, out var guessed))
        {
            return guessed;
        }

        var name = message.NameIn(line, place);
        var number = runs.GetSeries(name, tag.IsEmpty ? name : tag)?.Number ?? None;
        if (position < Remembered && number != None)
        {
            if (position >= _last.Length)
            {
                Array.Resize(ref _last, Math.Max(position + 1, _last.Length * 2));
            }

            _last[position] = (place.KnownAs, number);
        }

        return number;
    }
}
