using System.Diagnostics;
using System.Net;

namespace NNTileLogger.Ingest.Tests.Support;

/// <summary>
/// A training program's stay on one connection: one scalar and workers, named by the test. Its first value is 1 and its first total_time
/// that of a young program; coming again it sends the next value and the true silence as total_time, as a reconnecting client does.
/// </summary>
internal sealed class Training : IDisposable
{
    private const double Young = 0.004;
    private static readonly TimeSpan _limit = Eventually.Patience;

    private readonly Func<(int Port, TempLogDirectory Logs)> _server;
    private readonly string _scalar;
    private readonly string[] _workers;
    private NNTileClient _client = null!;
    private long _lastMessage;
    private double _value;

    private Training(Func<(int Port, TempLogDirectory Logs)> server, string scalar, string[] workers)
    {
        _server = server;
        _scalar = scalar;
        _workers = workers;
    }

    /// <summary>A new program; the workers have the scalar's name where none are given. Its first point is in its file on return.</summary>
    public static Task<Training> BeginAsync(RunningIngest ingest, string scalar, params string[] workers) => BeginAsync(ingest, scalar, 1, workers);

    /// <summary>A new program whose first value is another.</summary>
    public static Task<Training> BeginAsync(RunningIngest ingest, string scalar, double value, params string[] workers) =>
        BeginAsync(() => (ingest.Port, ingest.Logs), scalar, value, workers);

    /// <summary>A new program on a server that may be another one when it comes again.</summary>
    public static async Task<Training> BeginAsync(Func<(int Port, TempLogDirectory Logs)> server, string scalar, double value, params string[] workers)
    {
        var training = new Training(server, scalar, workers.Length > 0 ? workers : [scalar]);
        await training.ConnectAsync(null);
        await training.SendNextAsync(Young, value, training._workers);
        await training.ArrivedAsync(value);
        return training;
    }

    /// <summary>Waits for real silence since the last message, then comes again on a new connection.</summary>
    /// <param name="silence">How long nothing was sent.</param>
    /// <param name="off">How far total_time is from the true silence, in seconds.</param>
    /// <param name="value">The value sent; else one more than the last.</param>
    /// <param name="from">The address it comes from; else 127.0.0.1.</param>
    /// <param name="workers">Other workers than before, or none.</param>
    public async Task<Training> AgainAsync(TimeSpan silence, double off = 0, double? value = null, IPAddress? from = null, string[]? workers = null)
    {
        var again = new Training(_server, _scalar, _workers) { _lastMessage = _lastMessage };
        await Eventually.PassedSinceAsync(_lastMessage, silence);
        await again.ConnectAsync(from);
        var totalTime = Stopwatch.GetElapsedTime(_lastMessage).TotalSeconds + off;
        await again.SendNextAsync(totalTime, value ?? _value + 1, workers ?? _workers);
        return again;
    }

    public async Task SendAsync(string text)
    {
        await _client.SendAsync(text);
        _lastMessage = Stopwatch.GetTimestamp();
    }

    /// <summary>Waits until the value is in a file.</summary>
    public Task ArrivedAsync(double value) => Eventually.IsTrueAsync(
        () => _server().Logs.SessionsWithRun(_scalar).Any(session => session.Values(_scalar).Contains((float)value)), _limit, $"{_scalar} {value} is in its file");

    public Task EndAsync() => _client.EndAsync();

    /// <summary>Ends in the middle of a line, as a client does that could not send whole.</summary>
    public async Task CutAsync()
    {
        await _client.SendAsync(Lines.Training(0.5, _scalar, -1, _workers)[..^5]);
        await _client.EndAsync();
    }

    public void Reset() => _client.Reset();

    public void Dispose() => _client.Dispose();

    private async Task ConnectAsync(IPAddress? from) => _client = await NNTileClient.ConnectAsync(_server().Port, from: from);

    private async Task SendNextAsync(double totalTime, double value, string[] workers)
    {
        _value = value;
        await SendAsync(Lines.Training(totalTime, _scalar, value, workers));
    }
}
