using System.Text;
using System.Text.RegularExpressions;
using Google.Protobuf;
using NNTileLogger.Ingest.DataProvider.Protos;
using NNTileLogger.Ingest.Series;

namespace NNTileLogger.Ingest.DataProvider;

/// <summary>The charts of the Custom Scalars page: what all workers, links and memory nodes do, and each scalar of the users. Pure.</summary>
internal static class ChartLayout
{
    private const int MostScalars = 60;

    /// <summary>The layout for sessions.</summary>
    public static byte[] Of(IReadOnlyList<SessionFacts> sessions)
    {
        var machine = new Category { Title = "NNTile: the machine" };
        machine.Chart.Add(Chart("GFlop/s of all workers", Measures.WorkerTag));
        machine.Chart.Add(Chart("GB/s of all links", Measures.LinkTag));
        machine.Chart.Add(Chart("GB/s sent by each memory node", Measures.SendTag));
        machine.Chart.Add(Chart("GB/s received by each memory node", Measures.ReceiveTag));
        machine.Chart.Add(Chart("GB in use on each memory node", Measures.MemoryTag));
        var layout = new Layout { Category = { machine } };
        var scalars = new Category { Title = "NNTile: scalars" };
        scalars.Chart.Add(sessions.SelectMany(session => session.Scalars).Select(scalar => scalar.Tag)
            .Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal).Take(MostScalars)
            .Select(tag => Chart(tag, Encoding.UTF8.GetBytes(tag))));
        if (scalars.Chart.Count > 0)
        {
            layout.Category.Insert(0, scalars);
        }

        return layout.ToByteArray();
    }

    // Tags are regular expressions there, anchored at their beginning alone.
    private static Chart Chart(string title, ReadOnlySpan<byte> tag) => new()
    {
        Title = title,
        Multiline = new MultilineChartContent { Tag = { Regex.Escape(Encoding.UTF8.GetString(tag)) + "$" } },
    };
}
