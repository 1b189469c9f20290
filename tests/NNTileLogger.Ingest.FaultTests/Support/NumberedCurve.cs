using NNTileLogger.Ingest.Tests.Support;
using Xunit;

namespace NNTileLogger.Ingest.FaultTests.Support;

/// <summary>
/// A curve in which the value of each point is its step, so that a file alone tells what is missing, doubled or out of
/// order. Values stay below 2^24, where a float still holds every whole number.
/// </summary>
internal static class NumberedCurve
{
    /// <summary>A line with the points from one step on.</summary>
    public static string Line(string name, int first, int count = 1) =>
        Lines.Scalar(name, [.. Enumerable.Range(first, count).Select(step => (double)step)]);

    /// <summary>Fails unless the session holds the points 1 to <paramref name="last"/> of the curve, each once and in order.</summary>
    public static void AssertWhole(SessionFiles session, string name, int last) => AssertFrom(session, name, 1, last);

    /// <summary>Fails unless the session holds the points between two steps, each once and in order, and no other.</summary>
    public static void AssertFrom(SessionFiles session, string name, int first, int last)
    {
        var steps = Steps(session, name);
        Assert.True(
            steps.SequenceEqual(Enumerable.Range(first, last - first + 1)),
            $"{name} should have the steps {first} to {last}, but has {steps.Count} points, up to {(steps.Count > 0 ? steps[^1] : 0)}");
    }

    /// <summary>The steps there are, checked: rising, each with its own value, wall times never going back.</summary>
    public static IReadOnlyList<int> Steps(SessionFiles session, string name)
    {
        var points = session.Points(name, name);
        for (var i = 0; i < points.Count; i++)
        {
            if (points[i].Value != points[i].Step)
            {
                Assert.Fail($"{name}: step {points[i].Step} has the value {points[i].Value}");
            }

            if (i > 0 && points[i].Step <= points[i - 1].Step)
            {
                Assert.Fail($"{name}: step {points[i].Step} stands behind step {points[i - 1].Step}");
            }

            if (i > 0 && points[i].WallTime < points[i - 1].WallTime)
            {
                Assert.Fail($"{name}: the wall time of step {points[i].Step} goes back");
            }
        }

        return [.. points.Select(point => (int)point.Step)];
    }
}
