using System.Net.Sockets;
using System.Text;
using NNTileLogger.AppHost.Tests.Support;
using Xunit;

namespace NNTileLogger.AppHost.Tests;

/// <summary>From a client's socket to TensorBoard's HTTP API, through everything in between.</summary>
[Collection(RunningApplicationTests.Name)]
public sealed class ReplayTests(RunningApplication application)
{
    private static readonly TimeSpan _realPace = TimeSpan.FromMilliseconds(500);

    [Theory]
    [InlineData("main-client-nan.ndjson", true)]
    [InlineData("tcp-client-cpu-null.ndjson", true)]
    [InlineData("tcp-client-opencl.ndjson", true)]
    [InlineData("main-client-nan.ndjson", false)]
    [InlineData("tcp-client-cpu-null.ndjson", false)]
    [InlineData("tcp-client-opencl.ndjson", false)]
    public async Task TensorBoard_CaptureReplayed_HasEveryRunTagStepAndValue(string name, bool atRealPace)
    {
        var capture = Capture.Read(name);

        var session = await ReplayAsync(capture.Lines, atRealPace ? _realPace : null);

        await AssertShownAsync(session, capture.Series);
    }

    [Fact]
    public async Task TensorBoard_LossThatDiverges_HasItsNaNsAndInfinities()
    {
        const string Name = "Train loss";
        var session = await ReplayAsync(
            [
                $$"""{"scalars":[{"name":"{{Name}}","values":[0.5,inf,-inf,nan,-nan]}]}""",
                $$"""{"scalars":[{"name":"{{Name}}","values":[Infinity,-Infinity,NaN,null,1e400,"-inf","nan",2]}]}""",
            ],
            pace: null);

        await AssertShownAsync(session, new Dictionary<(string, string), List<float>>
        {
            [(Name, Name)] =
            [
                0.5f, float.PositiveInfinity, float.NegativeInfinity, float.NaN, float.NaN,
                float.PositiveInfinity, float.NegativeInfinity, float.NaN, float.NaN, float.PositiveInfinity,
                float.NegativeInfinity, float.NaN, 2,
            ],
        });
    }

    private async Task AssertShownAsync(string session, IReadOnlyDictionary<(string Run, string Tag), List<float>> series)
    {
        var tensorboard = application.TensorBoard;
        await TensorBoardClient.WaitAsync(async () => await HasAllAsync(tensorboard, session, series));
        Assert.Equal(series.Keys.Order(), (await tensorboard.SeriesAsync(session)).Order());
        foreach (var ((run, tag), values) in series)
        {
            var points = await tensorboard.PointsAsync($"{session}/{run}", tag);
            Assert.Equal(values.Select((_, index) => index + 1L), points.Select(point => point.Step));
            Assert.All(points.Zip(values), pair => AssertSame(pair.Second, pair.First.Value, $"{run} / {tag} / {pair.First.Step}"));
        }
    }

    /// <summary>Sends lines over one connection, as fast as possible or one at each beat of <paramref name="pace"/>.</summary>
    /// <returns>The session they began.</returns>
    private async Task<string> ReplayAsync(IEnumerable<string> lines, TimeSpan? pace)
    {
        var cancellationToken = TestContext.Current.CancellationToken;
        var before = Sessions();
        using var client = new TcpClient();
        await client.ConnectAsync("127.0.0.1", application.ServerPort, cancellationToken);
        using var beat = pace is { } period ? new PeriodicTimer(period) : null;
        foreach (var line in lines)
        {
            await client.GetStream().WriteAsync(Encoding.UTF8.GetBytes(line + "\n"), cancellationToken);
            if (beat is not null)
            {
                await beat.WaitForNextTickAsync(cancellationToken);
            }
        }

        client.Client.Shutdown(SocketShutdown.Send);
        await TensorBoardClient.WaitAsync(() => Task.FromResult(Sessions().Except(before).Any()));
        return Assert.Single(Sessions().Except(before));
    }

    private HashSet<string> Sessions()
        => Directory.Exists(application.LogDir)
            ? [.. Directory.EnumerateDirectories(application.LogDir).Select(folder => Path.GetFileName(folder)).Where(IsSession)]
            : [];

    // yyyy-MM-dd_HH-mm-ss; whatever else the service keeps beside them is no session.
    private static bool IsSession(string name) => name.Length >= 19 && name[10] == '_';

    private static async Task<bool> HasAllAsync(
        TensorBoardClient tensorboard, string session, IReadOnlyDictionary<(string Run, string Tag), List<float>> series)
    {
        foreach (var ((run, tag), values) in series)
        {
            if ((await tensorboard.PointsAsync($"{session}/{run}", tag)).Count < values.Count)
            {
                return false;
            }
        }

        return true;
    }

    private static void AssertSame(float expected, float actual, string where)
    {
        // A sum over buses may round differently in its last bit, depending on the order.
        var same = expected.Equals(actual) || MathF.BitIncrement(expected) == actual || MathF.BitDecrement(expected) == actual;
        Assert.True(same, $"{where}: {expected} was sent, TensorBoard has {actual}");
    }
}
