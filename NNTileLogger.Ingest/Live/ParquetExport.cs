using Parquet;
using Parquet.Schema;

namespace NNTileLogger.Ingest.Live;

/// <summary>
/// Writes all points of a session as a Parquet file, a row group at a time: memory holds one group, however long the
/// session is.
/// </summary>
internal static class ParquetExport
{
    private const int RowsOfGroup = 64 << 10;

    private static readonly DataField<string> _run = new("run");
    private static readonly DataField<string> _tag = new("tag");
    private static readonly DataField<long> _step = new("step");
    private static readonly DateTimeDataField _time = new("time", DateTimeFormat.DateAndTimeMicros, isAdjustedToUTC: true);
    private static readonly DataField<float> _value = new("value");

    public static async Task WriteAsync(Stream to, IAsyncEnumerable<List<SeriesPoint>> blocks, CancellationToken cancellation)
    {
        var schema = new ParquetSchema(_run, _tag, _step, _time, _value);
        await using var counted = new CountedStream(to);
        await using var writer = await ParquetWriter.CreateAsync(schema, counted, cancellationToken: cancellation);
        var rows = new List<SeriesPoint>(RowsOfGroup);
        await foreach (var block in blocks.WithCancellation(cancellation))
        {
            rows.AddRange(block);
            if (rows.Count >= RowsOfGroup)
            {
                await WriteGroupAsync(writer, rows, cancellation);
                rows.Clear();
            }
        }

        // A group of no rows says nothing, and not every reader takes one.
        if (rows.Count > 0)
        {
            await WriteGroupAsync(writer, rows, cancellation);
        }
    }

    private static async Task WriteGroupAsync(ParquetWriter writer, List<SeriesPoint> rows, CancellationToken cancellation)
    {
        using var group = writer.CreateRowGroup();
        await group.WriteAsync(_run, rows.ConvertAll(row => row.Run));
        await group.WriteAsync(_tag, rows.ConvertAll(row => row.Tag));
        await group.WriteAsync<long>(_step, rows.ConvertAll(row => row.Point.Step).ToArray(), cancellationToken: cancellation);
        await group.WriteAsync<DateTime>(_time, rows.ConvertAll(row => SeriesPoint.TimeOf(row.Point.WallTime)).ToArray(), cancellationToken: cancellation);
        await group.WriteAsync<float>(_value, rows.ConvertAll(row => row.Point.Value).ToArray(), cancellationToken: cancellation);
    }
}
