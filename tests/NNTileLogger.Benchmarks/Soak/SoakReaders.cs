using System.Text.Json;

namespace NNTileLogger.Benchmarks.Soak;

/// <summary>
/// Those who look at the trainings meanwhile: at TensorBoard's pages, where one is attached, and at the live page's API.
/// Each asks for what there is and for some curves, every two seconds.
/// </summary>
internal sealed class SoakReaders : IDisposable
{
    private const int CurvesAtOnce = 50;
    private static readonly TimeSpan _pause = TimeSpan.FromSeconds(2);

    private readonly HttpClient _http = new() { Timeout = TimeSpan.FromSeconds(60) };
    private long _curves;
    private long _points;

    /// <summary>Curves that were asked for so far, and points that came of them.</summary>
    public (long Curves, long Points) Read => (_curves, _points);

    /// <summary>Reads until it is told to stop.</summary>
    /// <param name="live">The live page.</param>
    /// <param name="tensorBoard">TensorBoard's page; null where there is none.</param>
    /// <param name="stop">Set at the end.</param>
    /// <exception cref="HttpRequestException">An answer was no good one.</exception>
    public Task RunAsync(Uri live, Uri? tensorBoard, CancellationToken stop) => Task.WhenAll(
        UntilAsync(() => LookAsync(live, stop), stop),
        tensorBoard is null ? Task.CompletedTask : UntilAsync(() => LookAtTensorBoardAsync(tensorBoard, stop), stop));

    public void Dispose() => _http.Dispose();

    private static async Task UntilAsync(Func<Task> look, CancellationToken stop)
    {
        try
        {
            while (true)
            {
                await look();
                await Task.Delay(_pause, stop);
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // The end.
        }
    }

    private async Task LookAsync(Uri live, CancellationToken stop)
    {
        using var sessions = await GetAsync(new Uri(live, "api/sessions"), stop);
        if (sessions.RootElement.EnumerateArray().FirstOrDefault() is not { ValueKind: JsonValueKind.Object } newest)
        {
            return;
        }

        var id = Uri.EscapeDataString(newest.GetProperty("id").GetString()!);
        using var series = await GetOrGoneAsync(new Uri(live, $"api/sessions/{id}/series"), stop);
        foreach (var one in series?.RootElement.EnumerateArray().Take(CurvesAtOnce) ?? [])
        {
            var (run, tag) = (Uri.EscapeDataString(one.GetProperty("run").GetString()!), Uri.EscapeDataString(one.GetProperty("tag").GetString()!));
            using var points = await GetOrGoneAsync(new Uri(live, $"api/sessions/{id}/data?run={run}&tag={tag}&points=500"), stop);
            Count(points?.RootElement.GetArrayLength() ?? 0);
        }
    }

    private async Task LookAtTensorBoardAsync(Uri tensorBoard, CancellationToken stop)
    {
        using var tags = await GetAsync(new Uri(tensorBoard, "data/plugin/timeseries/tags"), stop);
        var wanted = tags.RootElement.GetProperty("scalars").GetProperty("runTagInfo").EnumerateObject()
            .SelectMany(run => run.Value.EnumerateArray().Select(tag => new { plugin = "scalars", tag = tag.GetString(), run = run.Name }))
            .TakeLast(CurvesAtOnce).ToArray();
        using var form = new MultipartFormDataContent { { new StringContent(JsonSerializer.Serialize(wanted)), "requests" } };
        using var answer = await _http.PostAsync(new Uri(tensorBoard, "data/plugin/timeseries/timeSeries"), form, stop);
        using var curves = JsonDocument.Parse(await answer.EnsureSuccessStatusCode().Content.ReadAsByteArrayAsync(stop));
        foreach (var curve in curves.RootElement.EnumerateArray())
        {
            // A run that has just been removed has an error in their place.
            if (curve.TryGetProperty("runToSeries", out var runs))
            {
                Count(runs.EnumerateObject().Sum(run => run.Value.GetArrayLength()));
            }
        }
    }

    private void Count(int points)
    {
        Interlocked.Increment(ref _curves);
        Interlocked.Add(ref _points, points);
    }

    private async Task<JsonDocument> GetAsync(Uri address, CancellationToken stop) =>
        JsonDocument.Parse(await _http.GetByteArrayAsync(address, stop));

    // Sessions that have ended are removed meanwhile.
    private async Task<JsonDocument?> GetOrGoneAsync(Uri address, CancellationToken stop)
    {
        using var answer = await _http.GetAsync(address, stop);
        return answer.StatusCode == System.Net.HttpStatusCode.NotFound
            ? null
            : JsonDocument.Parse(await answer.EnsureSuccessStatusCode().Content.ReadAsByteArrayAsync(stop));
    }
}
