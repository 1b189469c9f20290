using System.Net;

namespace NNTileLogger.Proxy.Access;

/// <summary>
/// Gives the checks of passwords their turns: one at a time for each address, and on half the processors in all. Someone
/// who guesses over a hundred connections is one among the addresses that wait, and leaves room for those who are signed
/// in. Any thread.
/// </summary>
internal sealed class CheckTurns : IDisposable
{
    private readonly Lock _gate = new();
    private readonly SemaphoreSlim _all = new(Math.Max(1, Environment.ProcessorCount / 2));
    private readonly Dictionary<IPAddress, Line> _lines = [];

    /// <summary>Runs a check when it is the address's turn.</summary>
    public async Task<bool> RunAsync(IPAddress address, Func<bool> check, CancellationToken cancellation)
    {
        var key = AddressKey.Of(address);
        var line = Join(key);
        try
        {
            await line.Turn.WaitAsync(cancellation);
            try
            {
                await _all.WaitAsync(cancellation);
                try
                {
                    return await Task.Run(check, CancellationToken.None);
                }
                finally
                {
                    _all.Release();
                }
            }
            finally
            {
                line.Turn.Release();
            }
        }
        finally
        {
            Leave(key, line);
        }
    }

    public void Dispose() => _all.Dispose();

    private Line Join(IPAddress key)
    {
        lock (_gate)
        {
            if (!_lines.TryGetValue(key, out var line))
            {
                _lines[key] = line = new Line();
            }

            line.Count++;
            return line;
        }
    }

    private void Leave(IPAddress key, Line line)
    {
        lock (_gate)
        {
            if (--line.Count == 0)
            {
                _lines.Remove(key);
                line.Turn.Dispose();
            }
        }
    }

    /// <summary>Those of one address who wait or are being checked.</summary>
    private sealed class Line
    {
        public SemaphoreSlim Turn { get; } = new(1);

        public int Count { get; set; }
    }
}
