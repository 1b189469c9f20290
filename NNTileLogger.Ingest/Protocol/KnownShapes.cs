namespace NNTileLogger.Ingest.Protocol;

/// <summary>
/// The last two shapes of one connection's lines: most trainings send scalars with some of their lines only. One
/// thread.
/// </summary>
internal sealed class KnownShapes(ShapeMemory memory, NameNumbers numbers)
{
    // Where no two lines are alike, remembering them must not cost more than reading them.
    private const int MostMisses = 16;
    private const int RetryEach = 64;

    private LineShape _last = new(memory, numbers);
    private LineShape _other = new(memory, numbers);
    private int _misses;

    /// <summary>Reads a line of one of these shapes.</summary>
    /// <param name="line">The line, its newline included.</param>
    /// <param name="message">Takes the samples; holds nothing of use where the result is false.</param>
    public bool TryRead(ReadOnlySpan<byte> line, Message message)
    {
        if (_last.TryRead(line, message))
        {
            _misses = 0;
            return true;
        }

        if (_other.TryRead(line, message))
        {
            (_last, _other) = (_other, _last);
            _misses = 0;
            return true;
        }

        return false;
    }

    /// <summary>Remembers the shape of a good line that had none of these.</summary>
    public void Learn(ReadOnlySpan<byte> line, Message message)
    {
        if (++_misses > MostMisses && _misses % RetryEach != 0)
        {
            return;
        }

        _other.Learn(line, message);
        (_last, _other) = (_other, _last);
    }

    public void Close()
    {
        _last.Close();
        _other.Close();
    }
}
