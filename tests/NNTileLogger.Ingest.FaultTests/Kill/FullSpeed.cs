using System.Diagnostics;
using NNTileLogger.Ingest.FaultTests.Support;
using NNTileLogger.Ingest.Tests.Support;

namespace NNTileLogger.Ingest.FaultTests.Kill;

/// <summary>How many points of numbered curves a second the server takes in here at most; measured once for all tests.</summary>
internal static class FullSpeed
{
    private const int Lines = 400;
    private const int PointsALine = 2_500;

    private static readonly Lazy<Task<double>> _pointsASecond = new(MeasureAsync);

    public static Task<double> PointsASecondAsync() => _pointsASecond.Value;

    private static async Task<double> MeasureAsync()
    {
        using var logs = new TempLogDirectory();
        var lines = string.Concat(Enumerable.Range(0, Lines).Select(k => NumberedCurve.Line("full speed", (k * PointsALine) + 1, PointsALine)));
        await using var server = await IngestProcess.StartAsync(logs.Path);
        // Warm, as a server that is killed after hours is.
        await NNTileClient.SendWholeAsync(server.Port, lines);
        var began = Stopwatch.GetTimestamp();
        await NNTileClient.SendWholeAsync(server.Port, lines);
        return Lines * PointsALine / Stopwatch.GetElapsedTime(began).TotalSeconds;
    }
}
