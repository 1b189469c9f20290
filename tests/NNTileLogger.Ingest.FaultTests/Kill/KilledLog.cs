using NNTileLogger.Ingest.FaultTests.Support;
using NNTileLogger.Ingest.Tests.Support;
using Xunit;

namespace NNTileLogger.Ingest.FaultTests.Kill;

/// <summary>
/// The log directory of a server that is killed again and again: read after each life with the strict reader, and held
/// against what each training had sent and the server had read.
/// </summary>
/// <param name="path">The log directory.</param>
/// <param name="powerIsCut">
/// Whether the whole machine ends with the server: then a training's next life may be in another session, and files may
/// end in anything.
/// </param>
internal sealed class KilledLog(string path, bool powerIsCut = false)
{
    private readonly Dictionary<string, long> _lengths = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Point> _last = new(StringComparer.Ordinal);

    private readonly Dictionary<string, List<string>> _sessions = new(StringComparer.Ordinal);
    private readonly Dictionary<string, bool> _leftSomething = new(StringComparer.Ordinal);

    /// <summary>Points of the life that was looked at last.</summary>
    public long NewPoints { get; private set; }

    /// <summary>Fails unless this life wrote new files, left the old ones alone, and has each curve up to what had been read.</summary>
    /// <param name="trainings">Who was connected.</param>
    /// <param name="readBy">Lines read until then must be in the files.</param>
    /// <param name="mayBeTorn">Whether files may end in the middle of a record.</param>
    public void AssertLife(IReadOnlyList<PacedTraining> trainings, long readBy, bool mayBeTorn)
    {
        NewPoints = 0;
        foreach (var training in trainings)
        {
            var wanted = training.ReadBy(readBy);
            var before = NewPoints;
            if (SessionOf(training) is { } session)
            {
                foreach (var curve in training.Curves)
                {
                    AssertCurve(curve, NewPointsOf(Path.Combine(session, curve), mayBeTorn), training, wanted);
                }

                // One point a life and one of its worker.
                _ = NewPointsOf(Path.Combine(session, training.Name), mayBeTorn).Count();
            }
            else
            {
                Assert.True(wanted < training.First, $"{training.Name} has no session, but its points up to {wanted} had been read");
            }

            _leftSomething[training.Name] = NewPoints > before;
        }
    }

    // Who was killed before it wrote anything of a training cannot have kept when that came; then its length of silence
    // does not fit what the files say, and a new session is right.
    private string? SessionOf(PacedTraining training)
    {
        var sessions = LogDirectoryReader.SessionPaths(path).Where(session => Directory.Exists(Path.Combine(session, training.Name))).ToList();
        var last = _sessions.GetValueOrDefault(training.Name, []);
        if (sessions.Count > Math.Max(1, last.Count))
        {
            Assert.False(
                !powerIsCut && _leftSomething[training.Name],
                $"{training.Name} was not continued: {string.Join(", ", sessions)}\n{string.Join('\n', sessions.Select(session => File.ReadAllText(Path.Combine(session, "session.json"))))}");
            foreach (var curve in training.Curves)
            {
                _last.Remove(curve);
            }
        }

        _sessions[training.Name] = sessions;
        return sessions.Except(last).SingleOrDefault() ?? sessions.LastOrDefault();
    }

    private void AssertCurve(string curve, IEnumerable<Point> points, PacedTraining training, int wanted)
    {
        // Values of one life come one after the other; between two lives those are missing that were lost. There are
        // millions: words are made only for what is wrong.
        var last = training.First - 1;
        var before = _last.GetValueOrDefault(curve);
        foreach (var point in points)
        {
            last++;
            if (!point.Value.Equals(last))
            {
                Assert.Fail($"{curve}: the value of step {point.Step} is {point.Value}, not {last}");
            }

            if (before is not null && (point.Step <= before.Step || (last > training.First && point.Step != before.Step + 1)))
            {
                Assert.Fail($"{curve}: step {point.Step} stands behind step {before.Step}");
            }

            if (before is not null && point.WallTime < before.WallTime)
            {
                Assert.Fail($"{curve}: the wall time of step {point.Step} goes back");
            }

            before = point;
        }

        if (before is not null)
        {
            _last[curve] = before;
        }

        Assert.True(last >= wanted, $"{curve}: points up to {wanted} had been read, but the files end with {last}");
        Assert.True(last <= training.Last, $"{curve}: {last} was never sent");
    }

    // Counted as they are taken.
    private IEnumerable<Point> NewPointsOf(string folder, bool mayBeTorn)
    {
        var newest = "";
        foreach (var file in Directory.Exists(folder) ? LogDirectoryReader.EventFiles(folder) : [])
        {
            var length = new FileInfo(file).Length;
            if (_lengths.TryGetValue(file, out var before))
            {
                Assert.True(length == before, $"{file} has changed since its server was killed, from {before} to {length} bytes");
                Assert.True(newest.Length == 0, $"{newest} is newer than {file}, but sorts before it");
                continue;
            }

            (newest, _lengths[file]) = (file, length);
            foreach (var read in LogDirectoryReader.ReadEvents(file, writerAtWork: mayBeTorn, powerWasCut: powerIsCut && mayBeTorn))
            {
                foreach (var value in read.Values)
                {
                    NewPoints++;
                    yield return new Point(read.Step, read.WallTime, value.SimpleValue!.Value);
                }
            }
        }
    }
}
