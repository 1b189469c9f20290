using System.Text;
using NNTileLogger.Ingest.EventFiles;
using NNTileLogger.Ingest.Points;
using NNTileLogger.Ingest.Tests.Support;
using Xunit;
using Point = NNTileLogger.Ingest.Points.Point;

namespace NNTileLogger.Ingest.Tests.EventFiles;

/// <summary>What is put into chunks comes out of them, as points and as records, and takes no more than was said.</summary>
public sealed class ChunkTests
{
    [Theory]
    [InlineData(1, 3)]
    [InlineData(2, 40)]
    [InlineData(3, 3_000)]
    public void Points_OfManySeriesAndArrivals_ComeOutAsTheyWerePutIn(int seed, int most)
    {
        var random = new Random(seed);
        var runs = RunSets.New(1L << 40);
        SeriesWriter[] series = [.. Enumerable.Range(0, 5).Select(k => Series(runs, "run", new string('t', 1 + (k * 40))))];
        var wanted = new List<(string Tag, Point Point)>();
        for (var block = 0; block < 200; block++)
        {
            var arrival = runs.Arrive(DateTimeOffset.UnixEpoch.AddSeconds(1 + block), block);
            for (var i = random.Next(4); i >= 0; i--)
            {
                var one = series[random.Next(series.Length)];
                float[] values = [.. Enumerable.Range(0, random.Next(1, most)).Select(_ => random.NextSingle())];
                var batches = random.Next(2) == 0 ? [new Batch(arrival.WallTime, values.Length)] : RandomBatches(random, runs, values.Length);
                var times = batches.SelectMany(batch => Enumerable.Repeat(batch.WallTime, batch.Count)).ToArray();
                wanted.AddRange(values.Select((value, k) => (Encoding.UTF8.GetString(one.Tag), new Point(one.Step + 1 + k, times[k], value))));
                one.AppendAll(values, batches, block);
            }

            // Who looks ends the last stretch.
            if (random.Next(5) == 0)
            {
                runs.Look().Dispose();
            }
        }

        var run = Assert.Single(runs.Runs);
        Assert.Equal(wanted, Points(run.CopyUnwritten()!));
        var (read, records) = (new List<(string Tag, Point Point)>(), new RecordBuffer());
        run.Seal();
        for (var chunk = run.BeginWrite(); chunk is not null; chunk = run.Advance())
        {
            var bytes = records.Fill(run, chunk);
            Assert.InRange(bytes.Length, 1, chunk.RecordBytes);
            Assert.InRange(chunk.RecordBytes, 1, Chunk.MostRecordBytes);
            Assert.Equal(Convert.ToHexString(bytes), Convert.ToHexString(records.Fill(run, chunk)));
            read.AddRange(TFRecordReader.Read(bytes).Records.Select(record => Parse(record.Span)));
        }

        Assert.Equal(wanted, read);
    }

    [Fact]
    public void Record_LongerThanAnyWrite_HasAChunkOfItsOwn()
    {
        var runs = RunSets.New(1L << 40);
        var (brief, huge) = (Series(runs, "run", "t"), Series(runs, "run", new string('h', 1 << 20)));
        var arrival = runs.Arrive(DateTimeOffset.UnixEpoch, 0);
        brief.AppendAll([1], arrival);
        huge.AppendAll([2, 3], arrival);
        brief.AppendAll([4], arrival);
        var run = Assert.Single(runs.Runs);
        run.Seal();
        var (values, records) = (new List<float[]>(), new RecordBuffer());
        for (var chunk = run.BeginWrite(); chunk is not null; chunk = run.Advance())
        {
            values.Add([.. TFRecordReader.Read(records.Fill(run, chunk)).Records.Select(record => Parse(record.Span).Point.Value)]);
        }

        Assert.Equal([[1f], [2f], [3f], [4f]], values);
    }

    [Fact]
    public void Chunks_ThatAreFull_AreTakenWhileTheConnectionReads()
    {
        var runs = RunSets.New(1L << 40);
        var series = Series(runs, "run", "t");
        var taken = new List<Chunk?>();
        var writer = new Thread(() =>
        {
            var jobs = new Queue<RunWriter>();
            runs.Dirty.TakeFull(jobs);
            lock (runs.WriteGate)
            {
                if (jobs.TryDequeue(out var run))
                {
                    taken.AddRange([run.BeginWrite(), run.Advance()]);
                }
            }
        });
        lock (runs.Gate)
        {
            series.AppendAll(new float[100_000], runs.Arrive(DateTimeOffset.UnixEpoch, 0));
            writer.Start();
            Assert.True(writer.Join(Eventually.Patience), "the writer waits for the connection");
        }

        Assert.Equal(2, taken.OfType<Chunk>().Distinct().Count());
    }

    [Theory]
    [InlineData(1_000, 1, 6)]
    [InlineData(100_000, 1, 6)]
    [InlineData(1_000, 1_000, 21)]
    public void Memory_OfPointsThatWait_IsAFractionOfTheirRecords(int points, int arrivals, int mostBytesAPoint)
    {
        var runs = RunSets.New(1L << 40);
        var series = Series(runs, "run", "Train loss");
        for (var i = 0; i < arrivals; i++)
        {
            runs.Waiting.Begin(runs.Arrive(DateTimeOffset.UnixEpoch.AddSeconds(i), i));
            if (arrivals == 1)
            {
                Assert.Equal(points, series.TryAppend(new float[points], runs.Arrive(DateTimeOffset.UnixEpoch, 0)));
            }
            else
            {
                runs.Waiting.Append(series.Number, i);
            }
        }

        runs.Waiting.PutIntoChunks();
        Assert.InRange((double)runs.Buffer.Used / points, 4, mostBytesAPoint);
    }

    private static Batch[] RandomBatches(Random random, RunSet runs, int points)
    {
        var batches = new List<Batch>();
        while (points > 0)
        {
            var count = random.Next(random.Next(1, points + 1)) + 1;
            batches.Add(new Batch(runs.Arrive(DateTimeOffset.UnixEpoch, 0).WallTime, count));
            points -= count;
        }

        return [.. batches];
    }

    private static SeriesWriter Series(RunSet runs, string run, string tag) =>
        runs.GetSeries(Encoding.UTF8.GetBytes(run), Encoding.UTF8.GetBytes(tag))!;

    private static List<(string Tag, Point Point)> Points(UnwrittenPoints unwritten)
    {
        var points = new List<(string Tag, Point Point)>();
        unwritten.Read((tag, in point) => points.Add((Encoding.UTF8.GetString(tag), point)));
        return points;
    }

    private static (string Tag, Point Point) Parse(ReadOnlySpan<byte> record)
    {
        var read = EventRecord.Parse(record);
        var value = Assert.Single(read.Values);
        return (value.Tag, new Point(read.Step, read.WallTime, value.SimpleValue!.Value));
    }
}
