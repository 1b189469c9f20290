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
internal static class ExactPoints
{
    private const int BlockSize = 4096;
    private const int BlocksAhead = 2;

    // The system's file times are a little coarse, and clocks are set.
    private const double FileTimeSlack = 3600;

    /// <summary>Gives the points run by run, those of a series in their order.</summary>
    /// <param name="session">The session.</param>
    /// <param name="folder">Only the run in this folder; null for all.</param>
    /// <param name="cancellation">Ends the reading.</param>
    /// <param name="after">Files that were not written to since this wall time may be left out.</param>
    /// <exception cref="IOException">A file cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">A file must not be read.</exception>
    public static async IAsyncEnumerable<List<SeriesPoint>> ReadAsync(
        LiveSession session, string? folder, [EnumeratorCancellation] CancellationToken cancellation, double after = double.NegativeInfinity)
    {
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

    private static void Read(LiveSession session, string? folder, double after, ChannelWriter<List<SeriesPoint>> into, CancellationToken stop)
    {
        try
        {
            // First, so that nothing is missing between these and what the files have when they are read.
            var unwritten = session.Open?.Runs.CopyUnwritten(folder) ?? [];
            var blocks = new BlockBuilder(into, stop);
            foreach (var file in FilesOf(session, folder).Where(file => !(WrittenAt(file) < after - FileTimeSlack)))
            {
                ReadFile(session, file, blocks);
            }

            foreach (var points in unwritten)
            {
                Add(points, blocks);
            }

            blocks.Flush();
            into.Complete();
        }
        catch (Exception e)
        {
            into.Complete(e);
        }
    }

    // With the lengths they have now: some grow faster than they can be read.
    private static FileInfo[] FilesOf(LiveSession session, string? folder)
    {
        var directory = folder is null ? session.Directory : Path.Combine(session.Directory, folder);
        return Directory.Exists(directory)
            ? [.. LogDirectory.EventFiles(directory)
                .Where(path => folder is null || Path.GetDirectoryName(path) == directory)
                .Order(StringComparer.Ordinal)
                .Select(path => new FileInfo(path))
                .Where(file => file.Exists)]
            : [];
    }

    private static double WrittenAt(FileInfo file) => new DateTimeOffset(file.LastWriteTimeUtc).ToWallTime();

    private static void ReadFile(LiveSession session, FileInfo file, BlockBuilder blocks)
    {
        var run = session.NameOf(Path.GetRelativePath(session.Directory, file.DirectoryName!));
        EventFileReader.Read(file.FullName, 0, read =>
        {
            foreach (var value in read.Summary?.Value ?? [])
            {
                if (value.HasSimpleValue)
                {
                    blocks.Add(run, value.Tag, new Point(read.Step, read.WallTime, value.SimpleValue));
                }
            }

            return true;
        }, file.Length);
    }

    private static void Add(UnwrittenPoints points, BlockBuilder blocks)
    {
        var run = LiveSession.NameOf(points.Run.Folder, points.Run.Name);
        var (tag, last) = ("", 0L);
        byte[] tagBytes = [];
        points.Read((read, in point) =>
        {
            if (!read.SequenceEqual(tagBytes))
            {
                tagBytes = read.ToArray();
                tag = Encoding.UTF8.GetString(tagBytes);
                last = blocks.LastStep(run, tag);
            }

            // The files had it by then.
            if (point.Step > last)
            {
                blocks.Add(run, tag, point);
            }
        });
    }

    /// <summary>Fills blocks and hands them over; knows the last step of each series. The reading thread's.</summary>
    private sealed class BlockBuilder(ChannelWriter<List<SeriesPoint>> into, CancellationToken stop)
    {
        private readonly Dictionary<(string Run, string Tag), long> _last = [];
        private List<SeriesPoint> _block = [];

        public long LastStep(string run, string tag) => _last.GetValueOrDefault((run, tag));

        public void Add(string run, string tag, in Point point)
        {
            _last[(run, tag)] = point.Step;
            _block.Add(new SeriesPoint(run, tag, point));
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
