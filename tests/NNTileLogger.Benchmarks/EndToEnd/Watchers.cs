namespace NNTileLogger.Benchmarks.EndToEnd;

/// <summary>So many live pages, open while a round is sent; spread over the second that a page takes to see a new session.</summary>
internal sealed class Watchers : IAsyncDisposable
{
    private static readonly TimeSpan _spread = TimeSpan.FromSeconds(1);

    private readonly CancellationTokenSource _stop = new();
    private readonly HttpClient _http = new();
    private readonly OpenPage[] _pages;
    private readonly Task _all;
    private long _bytes;

    public Watchers(int port, int count)
    {
        _http.BaseAddress = new Uri($"http://127.0.0.1:{port}/");
        _pages = [.. Enumerable.Range(0, count).Select(_ => new OpenPage(_http, bytes => Interlocked.Add(ref _bytes, bytes), _stop.Token))];
        _all = Task.WhenAll(_pages.Select((page, number) => page.RunAsync(_spread * number / count)));
    }

    /// <summary>Closes them.</summary>
    /// <returns>Bytes that their streams brought, and how many of them had come to the session before it was over.</returns>
    /// <exception cref="RunFailedException">They saw nothing of the round.</exception>
    public async Task<(long Bytes, int Joined)> EndAsync()
    {
        await _stop.CancelAsync();
        await _all;
        var joined = _pages.Count(page => page.HasJoined);
        return joined > 0 && _bytes > 0
            ? (_bytes, joined)
            : throw new RunFailedException("The watchers saw nothing: the round was too short. Ask for more --points.");
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _all.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _stop.Dispose();
        _http.Dispose();
    }
}
