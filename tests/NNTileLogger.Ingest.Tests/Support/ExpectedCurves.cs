using System.Text;
using Xunit;

namespace NNTileLogger.Ingest.Tests.Support;

/// <summary>
/// The curves that bytes sent on one connection must become, worked out by <see cref="WireReference"/>,
/// and the comparison of them with what a session's files hold. For names that need no escaping as directories.
/// </summary>
internal sealed class ExpectedCurves
{
    private readonly Dictionary<(string Run, string Tag), List<float>> _series = [];

    public int PointCount => _series.Values.Sum(values => values.Count);

    public string FirstRun => _series.Keys.Select(key => key.Run).Min(StringComparer.Ordinal)!;

    public static ExpectedCurves Of(ReadOnlySpan<byte> sent)
    {
        var curves = new ExpectedCurves();
        curves.Add(sent);
        return curves;
    }

    public static ExpectedCurves Of(string sent) => Of(Encoding.UTF8.GetBytes(sent));

    /// <summary>Adds what comes next on the same series.</summary>
    public void Add(ReadOnlySpan<byte> sent)
    {
        foreach (var range in sent.Split((byte)'\n'))
        {
            foreach (var point in WireReference.Read(sent[range]).Points)
            {
                var key = (WireReference.Text(point.Run), WireReference.Text(point.Tag));
                if (!_series.TryGetValue(key, out var values))
                {
                    _series[key] = values = [];
                }

                values.Add(point.Value);
            }
        }
    }

    /// <summary>Fails unless the session holds exactly these curves: steps 1, 2, 3 ..., and wall times that never go backwards.</summary>
    public void AssertIn(SessionFiles session)
    {
        var differences = Differences(session);
        Assert.True(differences.Count == 0, $"{session.Path} differs in {differences.Count} series:\n{string.Join('\n', differences.Take(10))}");
    }

    /// <summary>Whether the session holds exactly these curves.</summary>
    public bool Fit(SessionFiles session) => Differences(session).Count == 0;

    private List<string> Differences(SessionFiles session)
    {
        var differences = new List<string>();
        foreach (var ((run, tag), values) in _series)
        {
            var points = session.Points(run, tag);
            if (Difference(values, points) is { } difference)
            {
                differences.Add($"{run} | {tag}: {difference}");
            }
        }

        foreach (var (run, tags) in session.Runs)
        {
            differences.AddRange(tags.Keys.Where(tag => !_series.ContainsKey((run, tag))).Select(tag => $"{run} | {tag}: not expected"));
            if (!_series.Keys.Any(key => key.Run == run))
            {
                differences.Add($"{run}: this run is not expected");
            }
        }

        return differences;
    }

    private static string? Difference(List<float> values, IReadOnlyList<Point> points)
    {
        if (values.Count != points.Count)
        {
            return $"{values.Count} points were wanted, there are {points.Count}";
        }

        for (var i = 0; i < values.Count; i++)
        {
            if (points[i].Step != i + 1)
            {
                return $"point {i + 1} has step {points[i].Step}";
            }

            if (!values[i].Equals(points[i].Value))
            {
                return $"step {i + 1} is {points[i].Value:R}, not {values[i]:R}";
            }

            if (!double.IsFinite(points[i].WallTime) || (i > 0 && points[i].WallTime < points[i - 1].WallTime))
            {
                return $"step {i + 1} has wall time {points[i].WallTime:R}";
            }
        }

        return null;
    }
}
