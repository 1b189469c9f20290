using System.Net.Sockets;

namespace NNTileLogger.Proxy.Forwarding;

/// <summary>
/// Asks the backends whether they are up, at most once in two seconds whoever asks: <c>/health</c> is open to all. Any thread.
/// </summary>
internal sealed class BackendProbe(IReadOnlyList<Backend> backends, BackendClient client, TimeProvider time) : IDisposable
{
    private static readonly TimeSpan _fresh = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(2);

    private readonly SemaphoreSlim _gate = new(1);
    private IReadOnlyDictionary<string, string> _states = new Dictionary<string, string>();
    private long? _asked;

    /// <summary>The state of each: "up", or what is wrong.</summary>
    public async Task<IReadOnlyDictionary<string, string>> StatesAsync(CancellationToken cancellation)
    {
        await _gate.WaitAsync(cancellation);
        try
        {
            if (_asked is not { } asked || time.GetElapsedTime(asked) >= _fresh)
            {
                var answers = await Task.WhenAll(backends.Select(backend => AskAsync(backend)));
                _states = backends.Select(backend => backend.Name).Zip(answers).ToDictionary();
                _asked = time.GetTimestamp();
            }

            return _states;
        }
        finally
        {
            _gate.Release();
        }
    }

    public void Dispose() => _gate.Dispose();

    private async Task<string> AskAsync(Backend backend)
    {
        using var timeout = new CancellationTokenSource(_patience);
        using var request = new HttpRequestMessage(HttpMethod.Get, backend.Prefix + backend.ProbePath);
        try
        {
            using var answer = await client.SendAsync(request, timeout.Token);
            return (int)answer.StatusCode < 500 ? "up" : $"answers {(int)answer.StatusCode}";
        }
        catch (OperationCanceledException)
        {
            return $"no answer within {_patience.TotalSeconds:0} s";
        }
        catch (HttpRequestException e)
        {
            return e.InnerException is SocketException socket ? $"not reachable: {socket.Message}" : "no proper answer";
        }
    }
}
