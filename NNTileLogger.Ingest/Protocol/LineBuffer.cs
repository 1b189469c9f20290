using System.Buffers;

namespace NNTileLogger.Ingest.Protocol;

/// <summary>
/// Cuts what one connection sends into lines. Holds memory only while there is something in it: an idle connection
/// costs nothing, and an unfinished line what it takes. Used by its connection; <see cref="LineBudget"/> may take an
/// unfinished line away between two uses.
/// </summary>
internal sealed class LineBuffer(LineBudget budget, int maxLineBytes)
{
    /// <summary>Bytes read at once: half of the second-level cache of today; smaller and larger blocks were slower.</summary>
    private const int BlockSize = 512 << 10;

    /// <summary>Bytes read at once of those who send little: thousands may have some at the same time.</summary>
    private const int SmallBlock = 64 << 10;

    private const int LeastRoom = SmallBlock;
    private const int LargestPooled = 1 << 20;

    private byte[]? _bytes;
    private int _start;
    private int _end;
    private int _searched;
    private int _currentStart;
    private bool _skipping;

    /// <summary>Set once a whole line was accepted: such a connection's unfinished line is the last to be taken away.</summary>
    public bool HasSentValidLine { get; set; }

    /// <summary>Bytes of the unfinished line.</summary>
    public int UnfinishedLength => _end - _start;

    /// <summary>The line that was read last, its newline included; good until the next call of any method.</summary>
    public ReadOnlySpan<byte> Current => _bytes.AsSpan(_currentStart.._start);

    /// <summary>Memory held.</summary>
    public int Capacity => _bytes?.Length ?? 0;

    /// <summary>True while a line is passed over up to its newline.</summary>
    public bool IsSkipping => _skipping;

    /// <summary>Gives room for the next bytes.</summary>
    /// <param name="much">Whether it may be a large block.</param>
    public Memory<byte> BeginReceive(bool much)
    {
        budget.Take(this);
        var block = much ? BlockSize : SmallBlock;
        if (_bytes is null)
        {
            _bytes = Rent(block);
        }
        else if (_bytes.Length - _end < LeastRoom)
        {
            Grow(block);
        }

        return _bytes.AsMemory(_end, Math.Min(block, _bytes.Length - _end));
    }

    /// <summary>Notes how many bytes have come.</summary>
    public void EndReceive(int count) => _end += count;

    /// <summary>Takes the next whole line.</summary>
    /// <param name="line">The line, its newline included; good until the next call of any method.</param>
    public bool TryReadLine(out ReadOnlySpan<byte> line)
    {
        while (true)
        {
            line = default;
            var found = _bytes.AsSpan(_searched, _end - _searched).IndexOf((byte)'\n');
            if (found < 0)
            {
                _searched = _end;
                SkipWhereTooLong();
                return false;
            }

            var end = _searched + found + 1;
            var (start, skipped) = (_start, _skipping);
            _start = _searched = end;
            _skipping = false;
            if (skipped)
            {
                continue;
            }

            if (end - 1 - start > maxLineBytes)
            {
                budget.CountTooLong();
                continue;
            }

            _currentStart = start;
            line = _bytes.AsSpan(start..end);
            return true;
        }
    }

    /// <summary>Takes the last line, which has no newline, with one put behind it.</summary>
    public bool TryReadLast(out ReadOnlySpan<byte> line)
    {
        line = default;
        budget.Take(this);
        if (_skipping || _bytes is null || UnfinishedLength == 0)
        {
            return false;
        }

        if (_end == _bytes.Length)
        {
            Grow(LeastRoom);
        }

        _bytes[_end++] = (byte)'\n';
        _currentStart = _start;
        _start = _searched = _end;
        line = Current;
        return true;
    }

    /// <summary>
    /// Ends one use: keeps the unfinished line in as little memory as it takes, where the budget has it.
    /// </summary>
    public void Park()
    {
        if (_bytes is null)
        {
            return;
        }

        if (UnfinishedLength == 0)
        {
            Release();
        }
        else
        {
            Compact();
        }

        budget.Park(this);
    }

    /// <summary>Gives all memory back.</summary>
    public void Close()
    {
        Release();
        budget.Forget(this);
    }

    /// <summary>Drops the unfinished line and passes over the rest of it. Called by the budget, or here.</summary>
    public void SkipLine()
    {
        _skipping = true;
        budget.CountTooLong();
        Release();
    }

    private void SkipWhereTooLong()
    {
        if (_skipping)
        {
            _start = _searched = _end;
        }
        else if (UnfinishedLength > maxLineBytes)
        {
            _skipping = true;
            _start = _searched = _end;
            budget.CountTooLong();
        }
    }

    private void Compact()
    {
        // A long line is not moved for the sake of little memory: it would be moved again with the next bytes.
        var length = UnfinishedLength;
        var tooMuch = length <= BlockSize / 2 ? 2 * length : (2 * length) + BlockSize;
        if (_bytes!.Length > tooMuch)
        {
            var smaller = Rent(length);
            if (smaller.Length < _bytes.Length)
            {
                MoveTo(smaller);
                return;
            }

            Return(smaller);
        }

        if (_start > 0)
        {
            MoveTo(_bytes);
        }
    }

    // By a quarter: a huge line is copied a few times only, and takes little more than its length of the budget.
    private void Grow(int block)
    {
        if (_bytes!.Length - UnfinishedLength >= LeastRoom)
        {
            MoveTo(_bytes);
        }
        else
        {
            var more = Math.Max(UnfinishedLength / 4, block);
            MoveTo(Rent((int)Math.Min((long)UnfinishedLength + more, Math.Max((long)maxLineBytes + 1, UnfinishedLength) + block)));
        }
    }

    private void MoveTo(byte[] to)
    {
        var from = _bytes!;
        from.AsSpan(_start.._end).CopyTo(to);
        (_bytes, _searched, _end, _start) = (to, _searched - _start, _end - _start, 0);
        if (from != to)
        {
            Return(from);
        }
    }

    private void Release()
    {
        if (_bytes is { } bytes)
        {
            _bytes = null;
            Return(bytes);
        }

        _start = _end = _searched = 0;
    }

    // Large arrays are not pooled: after a line of 64 MiB its memory goes back.
    private static byte[] Rent(int size) =>
        size <= LargestPooled ? ArrayPool<byte>.Shared.Rent(size) : GC.AllocateUninitializedArray<byte>(size);

    private void Return(byte[] bytes)
    {
        if (bytes.Length <= LargestPooled)
        {
            ArrayPool<byte>.Shared.Return(bytes);
        }
        else
        {
            budget.Discard(bytes.Length);
        }
    }
}
