using System.Runtime.CompilerServices;
using System.Text;
using System.Threading.Channels;
using NNTileLogger.Ingest.EventFiles;
using NNTileLogger.Ingest.Points;

namespace NNTileLogger.Ingest.Live;

/// <summary>
/// Every point of a session: those of its event files, and behind them what has not reached them yet. Reads in blocks
/// on a thread of its own, no further ahead than the taker can follow. Any thread.
/// </summary>
internal sealed class ExactPoints(EventWriter writer, TimeProvider time)
{
    private const int BlockSize = 4096;
    private const int BlocksAhead = 2;

    // The system's file times are a little coarse, and clocks are set.
    private const double FileTimeSlack = 3600;

    /// <summary>So long the newest points are waited for; where the disk does not take them, memory gives them.</summary>
    private static readonly TimeSpan _flushPatience = TimeSpan.FromSeconds(2);

    /// <summary>Gives the points run by run, those of a series in their order.</summary>
    /// <param name="session">The session.</param>
    /// <param name="folder">Only the run in this folder; null for all.</param>
    /// <param name="cancellation">Ends the reading.</param>
    /// <param name="after">Files that were not written to since this wall time may be left out.</param>
    /// <exception cref="IOException">A file cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">A file must not be read.</exception>
    public async IAsyncEnumerable<List<SeriesPoint>> ReadAsync(
        LiveSession session, string? folder, [EnumeratorCancellation] CancellationToken cancellation, double after = double.NegativeInfinity)
    {
        await FlushAsync(session, cancellation);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var channel = Channel.CreateBounded<List<SeriesPoint>>(BlocksAhead);
        var reading = Task.Factory.StartNew(
            () => Read(session, folder, after, channel.Writer, stop.Token), stop.Token, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        try
        {
            await foreach (var block in channel.Reader.ReadAllAsync(cancellation))
            {
                yield return block;
            }
        }
        finally
        {
            await stop.CancelAsync();
            await reading.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task FlushAsync(LiveSession session, CancellationToken cancellation)
    {
        if (session.Open is { } open)
        {
            try
            {
                await writer.FlushAsync(open.Runs, close: false).WaitAsync(_flushPatience, time, cancellation);
            }
            catch (TimeoutException)
            {
                // Their disk does not answer; /health says so.
            }
        }
    }

    private static void Read(LiveSession session, string? folder, double after, ChannelWriter<List<SeriesPoint>> into, CancellationToken stop)
    {
        try
        {
            var blocks = new BlockBuilder(into, stop);
            foreach (var path in FilesOf(session, folder).Where(path => !(WrittenAt(path) < after - FileTimeSlack)))
            {
                ReadFile(session, path, blocks);
            }

            foreach (var point in Tail(session, folder, blocks))
            {
                blocks.Add(point);
            }

            blocks.Flush();
            into.Complete();
        }
        catch (Exception e)
        {
            into.Complete(e);
        }
    }

    private static IEnumerable<string> FilesOf(LiveSession session, string? folder)
    {
        var directory = folder is null ? session.Directory : Path.Combine(session.Directory, folder);
        return Directory.Exists(directory)
            ? LogDirectory.EventFiles(directory)
                .Where(path => folder is null || Path.GetDirectoryName(path) == directory)
                .Order(StringComparer.Ordinal)
            : [];
    }

    private static double WrittenAt(string path) => new DateTimeOffset(File.GetLastWriteTimeUtc(path)).ToWallTime();

    private static void ReadFile(LiveSession session, string path, BlockBuilder blocks)
    {
        var run = session.NameOf(Path.GetRelativePath(session.Directory, Path.GetDirectoryName(path)!));
        EventFileReader.Read(path, 0, read =>
        {
            foreach (var value in read.Summary?.Value ?? [])
            {
                if (value.HasSimpleValue)
                {
                    blocks.AddNew(run, value.Tag, new Point(read.Step, read.WallTime, value.SimpleValue));
                }
            }

            return true;
        });
    }

    private static List<SeriesPoint> Tail(LiveSession session, string? folder, BlockBuilder blocks)
    {
        var tail = new List<SeriesPoint>();
        if (session.Open is not { } open)
        {
            return tail;
        }

        var kept = new List<Point>();
        using var view = open.Runs.Look();
        foreach (var run in view.Runs.Where(run => folder is null || run.Folder == folder))
        {
            var name = LiveSession.NameOf(run.Folder, run.Name);
            foreach (var series in run.Series)
            {
                var tag = Encoding.UTF8.GetString(series.Tag);
                var last = blocks.LastStep(name, tag);
                if (series.Kept.Last?.Step > last)
                {
                    kept.Clear();
                    series.Kept.CopyTo(kept);
                    tail.AddRange(kept.Where(point => point.Step > last).Select(point => new SeriesPoint(name, tag, point)));
                }
            }
        }

        return tail;
    }

    /// <summary>Fills blocks and hands them over; knows the last step of each series. The reading thread's.</summary>
    private sealed class BlockBuilder(ChannelWriter<List<SeriesPoint>> into, CancellationToken stop)
    {
        private readonly Dictionary<(string Run, string Tag), long> _last = [];
        private List<SeriesPoint> _block = [];

        public long LastStep(string run, string tag) => _last.GetValueOrDefault((run, tag));

        public void AddNew(string run, string tag, Point point)
        {
            _last[(run, tag)] = point.Step;
            Add(new SeriesPoint(run, tag, point));
        }

        public void Add(in SeriesPoint point)
        {
            _block.Add(point);
            if (_block.Count == BlockSize)
            {
                Flush();
            }
        }

        public void Flush()
        {
            stop.ThrowIfCancellationRequested();
            if (_block.Count > 0)
            {
                into.WriteAsync(_block, stop).AsTask().GetAwaiter().GetResult();
                _block = [];
            }
        }
    }
}
