using NNTileLogger.Ingest.Points;

namespace NNTileLogger.Ingest.EventFiles;

/// <summary>
/// Records of a run that had not reached its files when they were copied: files that are read afterwards lack these at
/// most, and may have some of them by then. Does not change; any thread.
/// </summary>
/// <param name="run">The run.</param>
/// <param name="records">Whole records, in their order.</param>
internal sealed class UnwrittenRecords(RunWriter run, byte[] records)
{
    /// <summary>Takes a point and its tag.</summary>
    public delegate void TakePoint(ReadOnlySpan<byte> tag, in Point point);

    public RunWriter Run => run;

    /// <summary>Gives their points in their order.</summary>
    public void Read(TakePoint take)
    {
        ReadOnlySpan<byte> rest = records;
        while (!rest.IsEmpty)
        {
            rest = ScalarRecordReader.Read(rest, out var point, out var tag);
            take(tag, point);
        }
    }
}
