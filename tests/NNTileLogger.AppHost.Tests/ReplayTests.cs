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
        var tensorboard = application.TensorBoard;
        var capture = Capture.Read(name);

        var session = await ReplayAsync(capture, atRealPace);

        await TensorBoardClient.WaitAsync(async () => await HasAllAsync(tensorboard, session, capture));
        Assert.Equal(capture.Series.Keys.Order(), (await tensorboard.SeriesAsync(session)).Order());
        foreach (var ((run, tag), values) in capture.Series)
        {
            var points = await tensorboard.PointsAsync($"{session}/{run}", tag);
            Assert.Equal(values.Select((_, index) => index + 1L), points.Select(point => point.Step));
            Assert.All(points.Zip(values), pair => AssertSame(pair.Second, pair.First.Value, $"{run} / {tag} / {pair.First.Step}"));
        }
    }

    /// <summary>Sends the capture over one connection.</summary>
    /// <returns>The session it began.</returns>
    private async Task<string> ReplayAsync(Capture capture, bool atRealPace)
    {
        var cancellationToken = TestContext.Current.CancellationToken;
        var before = Sessions();
        using var client = new TcpClient();
        await client.ConnectAsync("127.0.0.1", application.ServerPort, cancellationToken);
        using var pace = new PeriodicTimer(_realPace);
        foreach (var line in capture.Lines)
        {
            await client.GetStream().WriteAsync(Encoding.UTF8.GetBytes(line + "\n"), cancellationToken);
            if (atRealPace)
            {
                await pace.WaitForNextTickAsync(cancellationToken);
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

    private static async Task<bool> HasAllAsync(TensorBoardClient tensorboard, string session, Capture capture)
    {
        foreach (var ((run, tag), values) in capture.Series)
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
