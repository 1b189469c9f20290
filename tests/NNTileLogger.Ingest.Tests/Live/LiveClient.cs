using System.Globalization;
using System.Text.Json;
using NNTileLogger.Ingest.Tests.Support;
using Xunit;

namespace NNTileLogger.Ingest.Tests.Live;

/// <summary>Asks the API as a script would; for one test.</summary>
internal sealed class LiveClient(int port) : IDisposable
{
    private static readonly TimeSpan _limit = Eventually.Patience;

    private readonly HttpClient _http = new() { BaseAddress = new Uri($"http://127.0.0.1:{port}/"), Timeout = _limit };

    /// <summary>An answer that must be good.</summary>
    public async Task<JsonElement> GetAsync(string address)
    {
        using var answer = await _http.GetAsync(new Uri(address, UriKind.Relative));
        var body = await answer.Content.ReadAsStringAsync();
        Assert.True(answer.IsSuccessStatusCode, $"{address} answered {answer.StatusCode}: {body}");
        return JsonDocument.Parse(body).RootElement;
    }

    public async Task<byte[]> BytesAsync(string address) => await _http.GetByteArrayAsync(new Uri(address, UriKind.Relative));

    /// <summary>The status of an answer and its error in words.</summary>
    public async Task<(int Status, string Error)> RefusedAsync(string address)
    {
        using var answer = await _http.GetAsync(new Uri(address, UriKind.Relative));
        return ((int)answer.StatusCode, await answer.Content.ReadAsStringAsync());
    }

    /// <summary>The one session that has a run of this name; waits until it is there.</summary>
    public async Task<JsonElement> SessionWithRunAsync(string run)
    {
        using var limit = new CancellationTokenSource(_limit);
        while (true)
        {
            foreach (var session in (await GetAsync("api/sessions")).EnumerateArray())
            {
                var series = await GetAsync($"api/sessions/{Id(session)}/series");
                if (series.EnumerateArray().Any(known => known.GetProperty("run").GetString() == run))
                {
                    return session;
                }
            }

            await Task.Delay(20, limit.Token);
        }
    }

    public static string Id(JsonElement session) => session.GetProperty("id").GetString()!;

    /// <summary>The points of a stream until one of a series has a step; gives the id of the last event too.</summary>
    public async Task<(List<JsonElement> Points, string LastId)> StreamAsync(string id, string? after, string run, long untilStep, Func<Task>? whenOpen = null)
    {
        using var limit = new CancellationTokenSource(_limit);
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri($"api/sessions/{id}/stream", UriKind.Relative));
        if (after is not null)
        {
            request.Headers.Add("Last-Event-ID", after);
        }

        using var answer = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, limit.Token);
        Assert.Equal("text/event-stream", answer.Content.Headers.ContentType?.MediaType);
        using var lines = new StreamReader(await answer.Content.ReadAsStreamAsync(limit.Token));
        var points = new List<JsonElement>();
        var lastId = "";
        var isOpen = false;
        while (await lines.ReadLineAsync(limit.Token) is { } line)
        {
            if (line.StartsWith("data: ", StringComparison.Ordinal))
            {
                points.AddRange(JsonDocument.Parse(line["data: ".Length..]).RootElement.EnumerateArray());
            }
            else if (line.StartsWith("id: ", StringComparison.Ordinal))
            {
                lastId = line["id: ".Length..];
                Assert.True(double.Parse(lastId, CultureInfo.InvariantCulture) > 0, $"the id is {lastId}");
            }
            else if (line.Length == 0 && !isOpen)
            {
                isOpen = true;
                await (whenOpen?.Invoke() ?? Task.CompletedTask);
            }

            if (line.Length == 0 && points.Exists(point => point.GetProperty("run").GetString() == run && point.GetProperty("step").GetInt64() >= untilStep))
            {
                return (points, lastId);
            }
        }

        Assert.Fail($"the stream ended before step {untilStep} of {run}");
        return default;
    }

    public void Dispose() => _http.Dispose();
}
