namespace NNTileLogger.Ingest.Protocol;

/// <summary>What came of the lines in one received block: counted plainly, added to the metrics once.</summary>
internal struct BlockCounts
{
    public long Accepted;
    public long InvalidJson;
    public long TooDeep;
    public long InvalidElements;
    public long Points;
    public long PointsWithoutSeries;

    /// <summary>Lines that were refused whole.</summary>
    public readonly long Rejected => InvalidJson + TooDeep;

    /// <summary>Counts a line that was refused.</summary>
    public void Reject(LineResult reason)
    {
        if (reason == LineResult.TooDeep)
        {
            TooDeep++;
        }
        else
        {
            InvalidJson++;
        }
    }
}

/// <summary>Lines by what became of them, since the start. Any thread.</summary>
internal sealed class LineSums
{
    private long _accepted;
    private long _invalidJson;
    private long _tooLong;
    private long _tooDeep;
    private long _cut;

    public void Add(in BlockCounts block)
    {
        Interlocked.Add(ref _accepted, block.Accepted);
        Interlocked.Add(ref _invalidJson, block.InvalidJson);
        Interlocked.Add(ref _tooDeep, block.TooDeep);
    }

    public void AddTooLong() => Interlocked.Increment(ref _tooLong);

    public void AddCut() => Interlocked.Increment(ref _cut);

    /// <summary>The sums in words.</summary>
    public string Summary()
    {
        var accepted = Interlocked.Read(ref _accepted);
        var (invalid, tooLong) = (Interlocked.Read(ref _invalidJson), Interlocked.Read(ref _tooLong));
        var (tooDeep, cut) = (Interlocked.Read(ref _tooDeep), Interlocked.Read(ref _cut));
        return $"lines received {accepted + invalid + tooLong + tooDeep + cut} = accepted {accepted} + rejected "
            + $"{invalid + tooLong + tooDeep + cut} (not JSON {invalid}, too long {tooLong}, too deep {tooDeep}, cut {cut})";
    }
}
