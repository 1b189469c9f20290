using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;

namespace NNTileLogger.Benchmarks.EndToEnd;

/// <summary>
/// Does to the server what so many open live pages do: each reads the stream of the newest session as it begins, and
/// asks for the sessions once a second. The bytes are counted and looked at no further, so that little is taken from
/// the server by the measurement itself.
/// </summary>
internal sealed class Watchers : IAsyncDisposable
{
    private static readonly TimeSpan _pause = TimeSpan.FromMilliseconds(10);
    private static readonly TimeSpan _poll = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan _limit = TimeSpan.FromSeconds(30);

    private readonly int _port;
    private readonly CancellationTokenSource _stop = new();
    private readonly HttpClient _http = new();
    private readonly Task[] _all;
    private long _bytes;
    private int _streams;

    public Watchers(int port, int count)
    {
        _port = port;
        _http.BaseAddress = new Uri($"http://127.0.0.1:{port}/");
        _all = [WatchAsync(count), .. Enumerable.Range(0, count).Select(number => PollAsync(_poll * number / count))];
    }

    /// <summary>Stops them.</summary>
    /// <returns>Bytes that their streams brought.</returns>
    /// <exception cref="RunFailedException">They saw nothing of the round.</exception>
    public async Task<long> EndAsync()
    {
        await _stop.CancelAsync();
        await Task.WhenAll(_all);
        return _streams > 0 && _bytes > 0
            ? _bytes
            : throw new RunFailedException("The watchers saw nothing: the round was too short. Ask for more --points.");
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await Task.WhenAll(_all).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _stop.Dispose();
        _http.Dispose();
    }

    private async Task WatchAsync(int count)
    {
        var streams = new List<Task>();
        while (!_stop.IsCancellationRequested)
        {
            if (streams.Count == 0 && await LiveSessionAsync() is { } id)
            {
                streams.AddRange(Enumerable.Range(0, count).Select(_ => ReadAsync(id)));
            }

            await UnlessStoppedAsync(Task.Delay(_pause, _stop.Token));
        }

        await Task.WhenAll(streams);
    }

    private async Task<string?> LiveSessionAsync()
    {
        using var answer = JsonDocument.Parse(await _http.GetByteArrayAsync(new Uri("api/sessions", UriKind.Relative)));
        return answer.RootElement.EnumerateArray()
            .Where(session => session.GetProperty("end").ValueKind == JsonValueKind.Null)
            .Select(session => session.GetProperty("id").GetString())
            .FirstOrDefault();
    }

    private async Task ReadAsync(string id)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(IPAddress.Loopback, _port);
        await socket.SendAsync(Encoding.ASCII.GetBytes($"GET /api/sessions/{id}/stream HTTP/1.1\r\nHost: localhost\r\nAccept: text/event-stream\r\n\r\n"));
        Interlocked.Increment(ref _streams);
        var buffer = new byte[256 << 10];
        await UnlessStoppedAsync(DrainAsync());

        async Task DrainAsync()
        {
            while (await socket.ReceiveAsync(buffer, _stop.Token) is > 0 and var count)
            {
                Interlocked.Add(ref _bytes, count);
            }
        }
    }

    private async Task PollAsync(TimeSpan first)
    {
        await UnlessStoppedAsync(Task.Delay(first, _stop.Token));
        while (!_stop.IsCancellationRequested)
        {
            using var limit = new CancellationTokenSource(_limit);
            await _http.GetByteArrayAsync(new Uri("api/sessions", UriKind.Relative), limit.Token);
            await UnlessStoppedAsync(Task.Delay(_poll, _stop.Token));
        }
    }

    private static async Task UnlessStoppedAsync(Task work)
    {
        try
        {
            await work;
        }
        catch (OperationCanceledException)
        {
            // The round is over.
        }
    }
}
