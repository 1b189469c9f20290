using System.Text;
using Xunit;

namespace NNTileLogger.Ingest.Tests.Support;

/// <summary>
/// Reads a log directory as TensorBoard does: sessions, runs, tags, points. Files of a run are taken in lexicographic order,
/// every record is checked, and every file must begin with its version and the name of its writer.
/// </summary>
internal static class LogDirectoryReader
{
    private static readonly EnumerationOptions _noLinks = new()
    {
        RecurseSubdirectories = true,
        AttributesToSkip = FileAttributes.ReparsePoint,
        MatchType = MatchType.Simple,
    };

    public static IReadOnlyList<string> SessionPaths(string logDirectory) =>
        [.. Directory.EnumerateDirectories(logDirectory)
            .Where(path => File.Exists(Path.Combine(path, "session.json")))
            .Order(StringComparer.Ordinal)];

    /// <param name="logDirectory">The log directory.</param>
    /// <param name="writerAtWork">Whether a file may end in the middle of a record; else that fails the test.</param>
    public static IReadOnlyList<SessionFiles> Read(string logDirectory, bool writerAtWork) =>
        [.. SessionPaths(logDirectory).Select(path => ReadSession(path, writerAtWork))];

    public static SessionFiles ReadSession(string path, bool writerAtWork)
    {
        var session = new SessionFiles(path);
        foreach (var file in EventFiles(path))
        {
            var run = Path.GetRelativePath(path, Path.GetDirectoryName(file)!);
            session.AddRun(run);
            foreach (var record in ReadEvents(file, writerAtWork))
            {
                foreach (var value in record.Values)
                {
                    Assert.True(value.SimpleValue.HasValue, $"'{value.Tag}' in {file} is no simple_value");
                    session.Add(run, value.Tag, new Point(record.Step, record.WallTime, value.SimpleValue.Value));
                }
            }
        }

        return session;
    }

    /// <summary>All event files below a folder (links are not followed), each directory's in lexicographic order.</summary>
    public static IReadOnlyList<string> EventFiles(string path) =>
        [.. Directory.EnumerateFiles(path, "*", _noLinks)
            .Where(file => Path.GetFileName(file).Contains("tfevents", StringComparison.Ordinal))
            .OrderBy(file => Path.GetDirectoryName(file), StringComparer.Ordinal)
            .ThenBy(file => Path.GetFileName(file), StringComparer.Ordinal)];

    /// <summary>The events of one file behind its first record, which is checked here.</summary>
    /// <param name="file">Its path.</param>
    /// <param name="writerAtWork">Whether it may end in the middle of a record.</param>
    /// <param name="powerWasCut">Whether it may end in what a power cut left of it, which no reader passes.</param>
    public static IEnumerable<EventRecord> ReadEvents(string file, bool writerAtWork, bool powerWasCut = false)
    {
        var records = TFRecordReader.Read(ReadShared(file), mayBeDamaged: powerWasCut);
        Assert.True(writerAtWork || !records.IsTorn, $"{file} ends in the middle of a record ({records.TornBytes} bytes)");
        if (records.Records.Count == 0)
        {
            Assert.True(writerAtWork, $"{file} is empty");
            return [];
        }

        var first = EventRecord.Parse(records.Records[0].Span);
        Assert.True(first.FileVersion == "brain.Event:2", $"the first record of {file} has file version '{first.FileVersion}'");
        Assert.False(string.IsNullOrEmpty(first.Writer), $"the first record of {file} names no writer");
        Assert.True(double.IsFinite(first.WallTime) && first.WallTime > 0, $"the first record of {file} has wall time {first.WallTime}");
        return records.Records.Skip(1).Select(record => EventRecord.Parse(record.Span));
    }

    private static byte[] ReadShared(string file)
    {
        using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        using var copy = new MemoryStream((int)stream.Length);
        stream.CopyTo(copy);
        return copy.Length == copy.Capacity ? copy.GetBuffer() : copy.ToArray();
    }
}

/// <summary>A point as it stands in a file.</summary>
internal sealed record Point(long Step, double WallTime, float Value);

/// <summary>What the event files of one session hold: runs (their directories relative to the session's), tags, points in file order.</summary>
internal sealed class SessionFiles(string path)
{
    private readonly SortedDictionary<string, SortedDictionary<string, List<Point>>> _runs = new(StringComparer.Ordinal);

    public string Path { get; } = path;

    public string Name => System.IO.Path.GetFileName(Path);

    public IReadOnlyDictionary<string, SortedDictionary<string, List<Point>>> Runs => _runs;

    public long PointCount => _runs.Values.Sum(tags => tags.Values.Sum(points => (long)points.Count));

    public void AddRun(string run) => _runs.TryAdd(run, new(StringComparer.Ordinal));

    public void Add(string run, string tag, Point point)
    {
        if (!_runs[run].TryGetValue(tag, out var points))
        {
            _runs[run][tag] = points = [];
        }

        points.Add(point);
    }

    /// <summary>The points of a series; none where it does not exist.</summary>
    public IReadOnlyList<Point> Points(string run, string tag) =>
        _runs.TryGetValue(run, out var tags) && tags.TryGetValue(tag, out var points) ? points : [];

    /// <summary>The values of a scalar of the user, whose run and tag have its name.</summary>
    public IReadOnlyList<float> Values(string scalar) => [.. Points(scalar, scalar).Select(point => point.Value)];

    /// <summary>The steps of a scalar of the user.</summary>
    public IReadOnlyList<long> Steps(string scalar) => [.. Points(scalar, scalar).Select(point => point.Step)];

    public override string ToString()
    {
        var text = new StringBuilder(Name).Append(" {");
        foreach (var (run, tags) in _runs.Take(8))
        {
            text.Append(' ').Append(run).Append(": ").AppendJoin(", ", tags.Select(tag => $"{tag.Key} x {tag.Value.Count}")).Append(';');
        }

        return text.Append(_runs.Count > 8 ? $" and {_runs.Count - 8} more runs }}" : " }").ToString();
    }
}
