using System.Text;
using NNTileLogger.Ingest.EventFiles;
using Xunit;
using Point = NNTileLogger.Ingest.Points.Point;

namespace NNTileLogger.Ingest.Tests.EventFiles;

/// <summary>Points that waited come into chunks once, in their order, with the step and the wall time of each.</summary>
public sealed class WaitingPointsTests
{
    private const int SeriesCount = 40;

    private readonly Dictionary<SeriesWriter, List<Point>> _wanted = [];

    [Theory]
    [InlineData(1, 5_000, SeriesCount, 1)]
    [InlineData(2, 700, SeriesCount, 1)]
    [InlineData(3, 3, SeriesCount, 1)]
    [InlineData(4, 300, 1_100, 250)]
    public void Points_TakenInOneByOneOrTogether_ComeInOrderWithTheirArrivals(int seed, int blocks, int seriesCount, int rarely)
    {
        // Many series have the most places there are, and fill them where what empties them before is rare.
        var runs = RunSets.New(1L << 40);
        var random = new Random(seed);
        SeriesWriter[] series = [.. Enumerable.Range(0, seriesCount).Select(k => NewSeries(runs, $"run {k % 30}", $"tag {k}"))];
        for (var block = 0; block < blocks; block++)
        {
            var arrival = runs.Arrive(DateTimeOffset.UnixEpoch.AddSeconds(1 + block), block);
            runs.Waiting.Begin(arrival);
            for (var i = random.Next(3 * seriesCount); i > 0; i--)
            {
                TakeIn(runs, series[random.Next(seriesCount)], random, arrival, rarely);
            }

            if (random.Next(50 * rarely) == 0)
            {
                runs.Waiting.PutIntoChunks();
                Assert.True(runs.Waiting.IsEmpty);
                runs.Waiting.Begin(arrival);
            }

            Assert.Equal(_wanted.Values.Sum(points => points.Count), runs.CountPoints());
        }

        runs.Waiting.PutIntoChunks();
        var found = series.ToDictionary(one => one, _ => new List<Point>());
        foreach (var run in runs.Runs)
        {
            Read(run, found);
        }

        Assert.All(series, one => Assert.Equal(_wanted[one], found[one]));
        Assert.All(series, one => Assert.Equal(_wanted[one].Count, one.Step));
    }

    [Theory]
    [InlineData(4, 3_000)]
    [InlineData(5, 300)]
    public void Points_OfRunsThatTheWriterComesToOneByOne_ComeInOrderWithTheirArrivals(int seed, int blocks)
    {
        var runs = RunSets.New(1L << 40);
        var random = new Random(seed);
        SeriesWriter[] series = [.. Enumerable.Range(0, SeriesCount).Select(k => NewSeries(runs, $"run {k % 30}", $"tag {k}"))];
        var found = series.ToDictionary(one => one, _ => new List<Point>());
        var job = new Queue<RunWriter>();
        for (var block = 0; block < blocks; block++)
        {
            var arrival = runs.Arrive(DateTimeOffset.UnixEpoch.AddSeconds(1 + block), block);
            runs.Waiting.Begin(arrival);
            for (var i = random.Next(20); i > 0; i--)
            {
                TakeIn(runs, series[random.Next(SeriesCount)], random, arrival);
            }

            if (job.Count == 0 && random.Next(10) == 0)
            {
                runs.Dirty.Take(job);
            }

            // Sometimes so slowly that there are more arrivals than can be told apart.
            while (random.Next(block / 500 % 2 == 0 ? 2 : 300) == 1 && job.TryDequeue(out var run))
            {
                Read(run, found);
            }

            Assert.Equal(_wanted.Values.Sum(points => points.Count), runs.CountPoints());
        }

        runs.Dirty.TakeAll(job);
        foreach (var run in job)
        {
            Read(run, found);
        }

        Assert.All(series, one => Assert.Equal(_wanted[one], found[one]));
    }

    [Fact]
    public void Series_ThatComeInTheMiddleOfAMessage_FindAllThatWaitsWithItsArrival()
    {
        var runs = RunSets.New(1L << 40);
        var series = new List<SeriesWriter>();
        for (var block = 0; block < 40; block++)
        {
            var arrival = runs.Arrive(DateTimeOffset.UnixEpoch.AddSeconds(1 + block), block);
            runs.Waiting.Begin(arrival);
            for (var k = 0; k <= 2 * block; k++)
            {
                if (k == series.Count)
                {
                    series.Add(NewSeries(runs, $"run {k}", "tag"));
                }

                _wanted[series[k]].Add(new Point(_wanted[series[k]].Count + 1, arrival.WallTime, k));
                runs.Waiting.Append(series[k].Number, k);
            }
        }

        var found = series.ToDictionary(one => one, _ => new List<Point>());
        foreach (var run in runs.Runs)
        {
            Read(run, found);
        }

        Assert.All(series, one => Assert.Equal(_wanted[one], found[one]));
    }

    [Fact]
    public void Runs_AllOfWhosePointsAreWritten_AreNotTakenAgain()
    {
        var runs = RunSets.New(1L << 40);
        SeriesWriter[] series = [NewSeries(runs, "run", "a"), NewSeries(runs, "run", "b"), NewSeries(runs, "other", "c")];
        runs.Waiting.Begin(runs.Arrive(DateTimeOffset.UnixEpoch, 0));
        runs.Waiting.Append(series[0].Number, 1);
        runs.Waiting.Append(series[1].Number, 1);
        var found = series.ToDictionary(one => one, _ => new List<Point>());

        Assert.Equal(["run"], TakeAndWrite());
        Assert.Empty(TakeAndWrite());
        Assert.True(runs.Waiting.IsEmpty);
        runs.Waiting.Begin(runs.Arrive(DateTimeOffset.UnixEpoch, 0));
        runs.Waiting.Append(series[2].Number, 1);
        Assert.Equal(["other"], TakeAndWrite());
        Assert.All(series, one => Assert.Single(found[one]));

        string[] TakeAndWrite()
        {
            var job = new Queue<RunWriter>();
            runs.Dirty.Take(job);
            foreach (var run in job)
            {
                Read(run, found);
            }

            return [.. job.Select(run => Encoding.UTF8.GetString(run.Name))];
        }
    }

    [Fact]
    public void Points_WithoutMemory_AreRefusedWhereTheyWouldTakeMore()
    {
        var runs = RunSets.New(1);
        var (full, other) = (NewSeries(runs, "full", "full"), NewSeries(runs, "other", "other"));
        var arrival = runs.Arrive(DateTimeOffset.UnixEpoch, 0);
        runs.Waiting.Begin(arrival);
        full.AppendAll(new float[100_000], arrival);
        Assert.True(runs.IsFull);

        var taken = 0;
        while (taken < 1_000 && runs.Waiting.TryAppend(full.Number, taken))
        {
            taken++;
        }

        Assert.InRange(taken, 1, 100);
        Assert.True(runs.Waiting.TryAppend(other.Number, 1), "a series that holds nothing has room for a point");
        runs.Waiting.Append(full.Number, taken);
        Assert.Equal(100_000 + taken + 2, runs.CountPoints());
    }

    private SeriesWriter NewSeries(RunSet runs, string run, string tag)
    {
        var series = runs.GetSeries(Encoding.UTF8.GetBytes(run), Encoding.UTF8.GetBytes(tag))!;
        _wanted[series] = [];
        return series;
    }

    private void TakeIn(RunSet runs, SeriesWriter series, Random random, in Arrival arrival, int rarely = 1)
    {
        var wanted = _wanted[series];
        float[] values = [.. Enumerable.Range(wanted.Count + 1, random.Next(8 * rarely) == 0 ? 20 : 1).Select(step => (float)step)];
        foreach (var value in values)
        {
            wanted.Add(new Point((long)value, arrival.WallTime, value));
        }

        if (values.Length > 1)
        {
            runs.Waiting.PutIntoChunks(series.Number);
            Assert.Equal(values.Length, runs.Waiting.SeriesOf(series.Number).TryAppend(values, arrival));
        }
        else if (random.Next(2) == 0)
        {
            runs.Waiting.Append(series.Number, values[0]);
        }
        else
        {
            Assert.True(runs.Waiting.TryAppend(series.Number, values[0]));
        }
    }

    private static void Read(RunWriter run, Dictionary<SeriesWriter, List<Point>> into)
    {
        run.Seal();
        for (var chunk = run.BeginWrite(); chunk is not null; chunk = run.Advance())
        {
            new UnwrittenPoints(run, chunk.Filled.ToArray()).Read((tag, in point) => into[run.FindSeries(tag)!].Add(point));
        }
    }
}
