using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using NNTileLogger.Ingest.Tests.Support;
using Xunit;

namespace NNTileLogger.Ingest.Tests.Live;

/// <summary>Watchers that do not read, come back late, or come when all is over.</summary>
public sealed class SlowReaderTests(RunningIngest ingest) : IClassFixture<RunningIngest>
{
    private const int Series = 100;
    private const int PointsALine = 10;
    private const int Messages = 60;

    // So long that the system holds no more than a part of what is told: its buffers grow to many MB for a connection.
    private static readonly string _padding = new('x', 200);

    private static readonly TimeSpan _pace = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan _limit = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task Stream_ReadersThatDoNotRead_HoldUpNobodyAndHaveTheLastPointOfEachSeriesInTheEnd()
    {
        using var api = new LiveClient(ingest.Server.HttpPort);
        using var client = await NNTileClient.ConnectAsync(ingest.Port);
        await client.SendAsync(Message(0));
        var id = LiveClient.Id(await api.SessionWithRunAsync(Name(0)));
        var last = (Messages + 1) * PointsALine;
        using var neverReads = await OpenWithoutReadingAsync(ingest.Server.HttpPort, id);
        var sent = new TaskCompletionSource();
        var late = api.StreamAsync(id, after: null, Name(0), last, () => sent.Task);
        var isOpen = new TaskCompletionSource();
        var prompt = api.StreamAsync(id, after: null, Name(0), last, () =>
        {
            isOpen.SetResult();
            return Task.CompletedTask;
        });
        await isOpen.Task.WaitAsync(_limit, TestContext.Current.CancellationToken);

        // A tenth of a second apart, as the batches are: as much as a stream ever carries.
        var clock = Stopwatch.StartNew();
        using (var pace = new PeriodicTimer(_pace))
        {
            for (var message = 1; message <= Messages; message++)
            {
                await client.SendAsync(Message(message));
                await pace.WaitForNextTickAsync(TestContext.Current.CancellationToken);
            }
        }

        Assert.True(clock.Elapsed < 5 * Messages * _pace, $"the training was held up: it took {clock.Elapsed.TotalSeconds:F1} s to send {Messages} messages");
        var (promptPoints, _) = await prompt;
        sent.SetResult();
        var (latePoints, _) = await late;
        await client.EndAsync();
        var pointsInTheEnd = await ReadToEndAsync(neverReads);

        TestContext.Current.TestOutputHelper?.WriteLine($"points: prompt {promptPoints.Count}, late {latePoints.Count}, in the end {pointsInTheEnd.Count}");
        AssertGoesOnTo(last, Name(0), promptPoints);
        foreach (var run in Enumerable.Range(0, Series).Select(Name))
        {
            AssertGoesOnTo(last, run, pointsInTheEnd);
        }

        Assert.True(latePoints.Count < Messages * PointsALine * Series, $"who read late was given all {latePoints.Count} points");
        AssertGoesOnTo(last, Name(0), latePoints);
    }

    [Fact]
    public async Task Stream_OfASessionThatIsOver_GivesWhatCameBehindTheLastEventAndEnds()
    {
        using var api = new LiveClient(ingest.Server.HttpPort);
        using var client = await NNTileClient.ConnectAsync(ingest.Port);
        await client.SendAsync(Lines.Scalar("over", 1, 2));
        var id = LiveClient.Id(await api.SessionWithRunAsync("over"));
        var (seen, cursor) = await api.StreamAsync(id, after: null, "over", 3, () => client.SendAsync(Lines.Scalar("over", 3)));
        await client.SendAsync(Lines.Scalar("over", 4, 5));
        await client.EndAsync();

        var (missed, _) = await api.StreamAsync(id, cursor, "over", 5);
        Assert.Equal([3, 4, 5], seen.Concat(missed).Select(point => point.GetProperty("step").GetInt64()));
        using var slow = await OpenWithoutReadingAsync(ingest.Server.HttpPort, id);
        Assert.Empty(await ReadToEndAsync(slow));
    }

    private static string Name(int series) => $"slow {series.ToString(CultureInfo.InvariantCulture)} {_padding}";

    private static string Message(int number) => "{\"scalars\":[" + string.Join(',', Enumerable.Range(0, Series).Select(k =>
        $$"""{"name":"{{Name(k)}}","values":[{{string.Join(',', Enumerable.Range(number * PointsALine, PointsALine))}}]}""")) + "]}\n";

    private static void AssertGoesOnTo(long last, string run, List<JsonElement> points)
    {
        var steps = points.Where(point => Run(point) == run).Select(point => point.GetProperty("step").GetInt64()).ToList();
        Assert.True(steps.Count > 0 && steps[^1] == last, $"{run} ends with step {(steps.Count > 0 ? steps[^1] : 0)}, not {last}");
        Assert.Equal(steps.Distinct().Order(), steps);
    }

    private static string? Run(JsonElement point) => point.GetProperty("run").GetString();

    // With little room on its side, so that what is sent soon stays at the server.
    private static async Task<Socket> OpenWithoutReadingAsync(int port, string id)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { ReceiveBufferSize = 4096 };
        await socket.ConnectAsync(new IPEndPoint(IPAddress.Loopback, port));
        await socket.SendAsync(Encoding.ASCII.GetBytes($"GET /api/sessions/{id}/stream HTTP/1.0\r\nHost: localhost\r\n\r\n"));
        return socket;
    }

    private static async Task<List<JsonElement>> ReadToEndAsync(Socket socket)
    {
        using var limit = new CancellationTokenSource(_limit);
        using var lines = new StreamReader(new NetworkStream(socket));
        var points = new List<JsonElement>();
        var ended = false;
        while (await lines.ReadLineAsync(limit.Token) is { } line)
        {
            ended |= line == "event: end";
            if (line.StartsWith("data: ", StringComparison.Ordinal))
            {
                points.AddRange(JsonDocument.Parse(line["data: ".Length..]).RootElement.EnumerateArray());
            }
        }

        Assert.True(ended, "the stream ended without saying so");
        return points;
    }
}
