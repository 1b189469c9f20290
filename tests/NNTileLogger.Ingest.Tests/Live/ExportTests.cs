using System.Globalization;
using System.IO.Pipelines;
using System.Text;
using NNTileLogger.Ingest.Live;
using NNTileLogger.Ingest.Points;
using Parquet;
using Parquet.Schema;
using Xunit;

namespace NNTileLogger.Ingest.Tests.Live;

/// <summary>Exports of many points: several row groups, full and not, with what is no number; both formats say the same.</summary>
public sealed class ExportTests
{
    private const int RowsOfGroup = 64 << 10;
    private const int Block = 4096;
    private const double FirstTime = 1_700_000_000.123456;

    private static readonly string[] _names = ["run", "tag", "step", "time", "value"];
    private static readonly DateTime _firstTime = new DateTime(2023, 11, 14, 22, 13, 20, DateTimeKind.Utc).AddTicks(1234560);

    [Theory]
    [InlineData(0, 0)]
    [InlineData(1, 1)]
    [InlineData(RowsOfGroup, 1)]
    [InlineData(RowsOfGroup + 1, 2)]
    [InlineData(2 * RowsOfGroup, 2)]
    [InlineData((2 * RowsOfGroup) + 777, 3)]
    public async Task Parquet_OfManyRowGroups_HoldsEveryPointOnce(int count, int groups)
    {
        using var file = new MemoryStream();
        await ParquetExport.WriteAsync(file, Blocks(count), TestContext.Current.CancellationToken);

        await using var reader = await ParquetReader.CreateAsync(new MemoryStream(file.ToArray()), cancellationToken: TestContext.Current.CancellationToken);
        Assert.Equal(_names, reader.Schema.DataFields.Select(field => field.Name));
        Assert.Equal(groups, reader.RowGroupCount);
        var number = 0;
        for (var at = 0; at < groups; at++)
        {
            using var group = reader.OpenRowGroupReader(at);
            var rows = (int)group.RowCount;
            Assert.InRange(rows, 1, RowsOfGroup);
            var (runs, tags) = (await TextAsync(group, reader, 0), await TextAsync(group, reader, 1));
            var (steps, times, values) = (new long[rows], new DateTime[rows], new float[rows]);
            await group.ReadAsync<long>(Field(reader, 2), steps, cancellationToken: TestContext.Current.CancellationToken);
            await group.ReadAsync<DateTime>(Field(reader, 3), times, cancellationToken: TestContext.Current.CancellationToken);
            await group.ReadAsync<float>(Field(reader, 4), values, cancellationToken: TestContext.Current.CancellationToken);
            for (var row = 0; row < rows; row++, number++)
            {
                IsExpected(number, runs[row], tags[row], steps[row], times[row], values[row]);
            }
        }

        Assert.Equal(count, number);
    }

    [Fact]
    public async Task Csv_OfManyPoints_HoldsTheSame()
    {
        const int count = (2 * RowsOfGroup) + 777;
        using var file = new MemoryStream();
        var pipe = PipeWriter.Create(file, new StreamPipeWriterOptions(leaveOpen: true));
        await CsvExport.WriteAsync(pipe, Blocks(count), TestContext.Current.CancellationToken);
        await pipe.CompleteAsync();

        var lines = Encoding.UTF8.GetString(file.ToArray()).Split('\n');
        Assert.Equal(string.Join(',', _names), lines[0]);
        Assert.Equal("", lines[^1]);
        Assert.Equal(count + 2, lines.Length);
        for (var number = 0; number < count; number++)
        {
            // None of these names needs quotes.
            var parts = lines[number + 1].Split(',');
            var time = DateTime.Parse(parts[3], CultureInfo.InvariantCulture, DateTimeStyles.AdjustToUniversal);
            IsExpected(number, parts[0], parts[1], long.Parse(parts[2], CultureInfo.InvariantCulture), time, float.Parse(parts[4], CultureInfo.InvariantCulture));
        }
    }

    private static DataField Field(ParquetReader reader, int column) => reader.Schema.DataFields[column];

    private static async Task<string[]> TextAsync(ParquetRowGroupReader group, ParquetReader reader, int column)
    {
        var text = new string[group.RowCount];
        await group.ReadAsync(Field(reader, column), text, cancellationToken: TestContext.Current.CancellationToken);
        return text;
    }

    private static async IAsyncEnumerable<List<SeriesPoint>> Blocks(int count)
    {
        for (var first = 0; first < count; first += Block)
        {
            await Task.Yield();
            yield return [.. Enumerable.Range(first, Math.Min(Block, count - first)).Select(number => new SeriesPoint(Run(number), Tag(number), PointOf(number)))];
        }
    }

    // Two series after one another, as the files of two runs are read.
    private static string Run(int number) => number < RowsOfGroup - 5 ? "CUDA 0 (NVIDIA H100)" : "потеря";

    private static string Tag(int number) => number < RowsOfGroup - 5 ? "Perf/GFlops/s" : "потеря";

    private static Point PointOf(int number) => new(number + 1, FirstTime + number, ValueOf(number));

    private static float ValueOf(int number) => (number % 1000) switch
    {
        7 => float.NaN,
        8 => float.PositiveInfinity,
        9 => float.NegativeInfinity,
        10 => float.Epsilon,
        11 => float.MaxValue,
        12 => -0f,
        _ => number * 0.1f,
    };

    private static void IsExpected(int number, string run, string tag, long step, DateTime time, float value)
    {
        Assert.Equal((Run(number), Tag(number), number + 1L), (run, tag, step));
        Assert.True((time - _firstTime.AddSeconds(number)).Duration() < TimeSpan.FromTicks(20), $"point {number} is of {time:O}");
        Assert.Equal(BitConverter.SingleToInt32Bits(ValueOf(number)), BitConverter.SingleToInt32Bits(value));
    }
}
