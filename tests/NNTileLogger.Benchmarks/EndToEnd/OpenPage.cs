using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;

namespace NNTileLogger.Benchmarks.EndToEnd;

/// <summary>
/// Asks the server for what one open live page does, when it does: the sessions each second, health and the server's
/// own figures each five, of a new session its stream, its series and their histories, a few at a time. Answers are
/// counted and looked at no further than to know what to ask for next.
/// </summary>
/// <param name="http">The server's HTTP; shared by all pages.</param>
/// <param name="came">Told of bytes that the stream brought.</param>
/// <param name="stop">Set when the round is over.</param>
internal sealed class OpenPage(HttpClient http, Action<int> came, CancellationToken stop)
{
    // As in training.js and main.js.
    private const int AtOnce = 3;
    private const int SparklinePoints = 160;
    private static readonly TimeSpan _poll = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan _health = TimeSpan.FromSeconds(5);
    private static readonly Dictionary<string, int> _history = new() { ["scalar"] = 1000, ["worker"] = 100, ["memory"] = 300 };

    private static readonly TimeSpan _limit = TimeSpan.FromSeconds(60);

    /// <summary>True once it has opened the stream of a session.</summary>
    public bool HasJoined { get; private set; }

    /// <summary>Runs until the round is over.</summary>
    /// <param name="first">When it was opened: pages do not ask in step with each other.</param>
    /// <exception cref="HttpRequestException">The server refuses an answer.</exception>
    public async Task RunAsync(TimeSpan first)
    {
        try
        {
            await Task.Delay(first, stop);
            await Task.WhenAll(PollAsync(), EachAsync(_health, async () =>
            {
                // It is no error where the server says that it is not well.
                using var health = await http.GetAsync(Address("health"), stop);
                await BytesAsync("api/server");
            }));
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // The round is over.
        }
    }

    private async Task PollAsync()
    {
        var watching = Task.CompletedTask;
        try
        {
            await EachAsync(_poll, async () =>
            {
                var sessions = await BytesAsync("api/sessions");
                if (!HasJoined && LiveSession(sessions) is { } id)
                {
                    HasJoined = true;
                    watching = WatchAsync(id);
                }

                if (watching.IsFaulted)
                {
                    await watching;
                }
            });
        }
        finally
        {
            await watching.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task EachAsync(TimeSpan pause, Func<Task> work)
    {
        while (true)
        {
            await work();
            await Task.Delay(pause, stop);
        }
    }

    private static string? LiveSession(byte[] sessions)
    {
        using var answer = JsonDocument.Parse(sessions);
        return answer.RootElement.EnumerateArray()
            .Where(session => session.GetProperty("end").ValueKind == JsonValueKind.Null)
            .Select(session => session.GetProperty("id").GetString())
            .FirstOrDefault();
    }

    // The stream first: what comes while the rest is loaded is in it.
    private async Task WatchAsync(string id)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(IPAddress.Loopback, http.BaseAddress!.Port, stop);
        await socket.SendAsync(Encoding.ASCII.GetBytes($"GET /api/sessions/{id}/stream HTTP/1.1\r\nHost: localhost\r\nAccept: text/event-stream\r\n\r\n"), stop);
        await Task.WhenAll(DrainAsync(socket), LoadAsync(id));
    }

    private async Task DrainAsync(Socket socket)
    {
        var buffer = new byte[256 << 10];
        while (await socket.ReceiveAsync(buffer, stop) is > 0 and var count)
        {
            came(count);
        }
    }

    private async Task LoadAsync(string id)
    {
        var wanted = new Queue<string>(Histories(id, await BytesAsync($"api/sessions/{id}/series")));
        await Task.WhenAll(Enumerable.Range(0, AtOnce).Select(async _ =>
        {
            while (wanted.TryDequeue(out var address))
            {
                await BytesAsync(address);
            }
        }));

        // What came for the first time meanwhile.
        await BytesAsync($"api/sessions/{id}/series");
    }

    private static List<string> Histories(string id, byte[] series)
    {
        using var answer = JsonDocument.Parse(series);
        var addresses = new List<string>();
        var recent = new List<string>();
        foreach (var one in answer.RootElement.EnumerateArray())
        {
            var (run, tag, kind) = (one.GetProperty("run").GetString()!, one.GetProperty("tag").GetString()!, one.GetProperty("kind").GetString()!);
            if (_history.TryGetValue(kind, out var points))
            {
                var data = $"api/sessions/{id}/data?run={Uri.EscapeDataString(run)}&tag={Uri.EscapeDataString(tag)}&points=";
                addresses.Add($"{data}{points}");
                if (kind == "worker" && !run.StartsWith("CPU", StringComparison.Ordinal))
                {
                    // The sparklines of the workers that are not folded: the last five minutes, which a round is shorter than.
                    recent.Add($"{data}{SparklinePoints}&from=1");
                }
            }
        }

        addresses.AddRange(recent);
        return addresses;
    }

    private async Task<byte[]> BytesAsync(string address)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(stop);
        limit.CancelAfter(_limit);
        return await http.GetByteArrayAsync(Address(address), limit.Token);
    }

    private static Uri Address(string path) => new(path, UriKind.Relative);
}
