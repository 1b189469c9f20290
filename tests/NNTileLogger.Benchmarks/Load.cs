namespace NNTileLogger.Benchmarks;

/// <summary>Some whole lines in memory that make a known number of points; sent over and over for a larger load.</summary>
/// <param name="Name">What tables call it.</param>
/// <param name="Bytes">The lines, each with its newline.</param>
/// <param name="Messages">How many lines.</param>
/// <param name="PointsAMessage">How many points the service makes of each.</param>
internal sealed record Load(string Name, byte[] Bytes, int Messages, int PointsAMessage)
{
    public long Points => (long)Messages * PointsAMessage;

    /// <summary>Where each line stands, its newline included.</summary>
    public Range[] Lines()
    {
        var lines = new Range[Messages];
        var start = 0;
        for (var i = 0; i < lines.Length; i++)
        {
            var end = start + Bytes.AsSpan(start).IndexOf((byte)'\n') + 1;
            lines[i] = start..end;
            start = end;
        }

        return lines;
    }
}
