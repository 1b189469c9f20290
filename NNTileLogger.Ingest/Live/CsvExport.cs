using System.Buffers;
using System.Globalization;
using System.IO.Pipelines;
using System.Text;

namespace NNTileLogger.Ingest.Live;

/// <summary>Writes all points of a session as comma-separated values, a line a point, as fast as the taker reads.</summary>
internal static class CsvExport
{
    private static readonly SearchValues<char> _special = SearchValues.Create(",\"\r\n");

    public static async Task WriteAsync(PipeWriter to, IAsyncEnumerable<List<SeriesPoint>> blocks, CancellationToken cancellation)
    {
        Encoding.UTF8.GetBytes("run,tag,step,time,value\n", to);
        var text = new StringBuilder();
        await foreach (var block in blocks.WithCancellation(cancellation))
        {
            text.Clear();
            foreach (var (run, tag, point) in block)
            {
                AppendName(text, run);
                AppendName(text, tag);
                text.Append(CultureInfo.InvariantCulture, $"{point.Step},{SeriesPoint.TimeOf(point.WallTime):yyyy-MM-ddTHH:mm:ss.ffffffZ},{point.Value:R}\n");
            }

            Encoding.UTF8.GetBytes(text.ToString(), to);
            await to.FlushAsync(cancellation);
        }
    }

    private static void AppendName(StringBuilder text, string name)
    {
        if (name.AsSpan().ContainsAny(_special))
        {
            text.Append('"').Append(name.Replace("\"", "\"\"", StringComparison.Ordinal)).Append('"');
        }
        else
        {
            text.Append(name);
        }

        text.Append(',');
    }
}
