namespace NNTileLogger.Benchmarks.EndToEnd;

/// <summary>A table that is read as well in a terminal as in README.</summary>
internal sealed class MarkdownTable(params string[] columns)
{
    private readonly List<string[]> _rows = [columns, [.. columns.Select((_, column) => column == 0 ? "---" : "---:")]];

    public void Add(params string[] cells) => _rows.Add(cells);

    public async Task WriteAsync(TextWriter output)
    {
        var widths = _rows[0].Select((_, column) => _rows.Max(row => row[column].Length)).ToArray();
        foreach (var row in _rows)
        {
            var cells = row.Select((cell, column) => column == 0 ? cell.PadRight(widths[column]) : cell.PadLeft(widths[column]));
            await output.WriteLineAsync($"| {string.Join(" | ", cells)} |");
        }

        await output.WriteLineAsync();
    }
}
