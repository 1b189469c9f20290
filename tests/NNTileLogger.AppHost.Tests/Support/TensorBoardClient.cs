using System.Globalization;
using System.Text.Json;
using Xunit;

namespace NNTileLogger.AppHost.Tests.Support;

/// <summary>Asks TensorBoard's HTTP API what it shows.</summary>
internal sealed class TensorBoardClient(HttpClient http)
{
    private static readonly TimeSpan _patience = TimeSpan.FromMinutes(2);
    private static readonly TimeSpan _pause = TimeSpan.FromMilliseconds(200);

    /// <summary>Every (run, tag) below one session, the session's name taken off.</summary>
    public async Task<HashSet<(string Run, string Tag)>> SeriesAsync(string session)
    {
        using var tags = await GetAsync("/data/plugin/timeseries/tags");
        var series = new HashSet<(string, string)>();
        foreach (var run in tags.RootElement.GetProperty("scalars").GetProperty("runTagInfo").EnumerateObject())
        {
            if (run.Name.StartsWith(session + "/", StringComparison.Ordinal))
            {
                series.UnionWith(run.Value.EnumerateArray().Select(tag => (run.Name[(session.Length + 1)..], tag.GetString()!)));
            }
        }

        return series;
    }

    /// <summary>The steps and values of one series; nothing where it is not there.</summary>
    public async Task<List<(long Step, float Value)>> PointsAsync(string run, string tag)
    {
        using var points = await GetAsync(
            $"/data/plugin/scalars/scalars?run={Uri.EscapeDataString(run)}&tag={Uri.EscapeDataString(tag)}");
        return points.RootElement.ValueKind != JsonValueKind.Array
            ? []
            : [.. points.RootElement.EnumerateArray().Select(point => (point[1].GetInt64(), Number(point[2])))];
    }

    /// <summary>Asks again until <paramref name="done"/> or patience runs out; what is there then is for the test to judge.</summary>
    public static async Task WaitAsync(Func<Task<bool>> done)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        patience.CancelAfter(_patience);
        using var pause = new PeriodicTimer(_pause);
        while (!await done())
        {
            try
            {
                await pause.WaitForNextTickAsync(patience.Token);
            }
            catch (OperationCanceledException) when (!TestContext.Current.CancellationToken.IsCancellationRequested)
            {
                return;
            }
        }
    }

    private async Task<JsonDocument> GetAsync(string path)
    {
        using var answer = await http.GetAsync(path, TestContext.Current.CancellationToken);
        return answer.IsSuccessStatusCode
            ? await JsonDocument.ParseAsync(
                await answer.Content.ReadAsStreamAsync(TestContext.Current.CancellationToken),
                cancellationToken: TestContext.Current.CancellationToken)
            : JsonDocument.Parse("null");
    }

    // TensorBoard writes what JSON has no number for as a string.
    private static float Number(JsonElement value) => value.ValueKind == JsonValueKind.String
        ? float.Parse(value.GetString()!, CultureInfo.InvariantCulture)
        : (float)value.GetDouble();
}
