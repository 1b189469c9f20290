using System.Text.Json;
using System.Text.Json.Nodes;

namespace NNTileLogger.Ingest.Tests.Support;

/// <summary>Two real TensorBoards, one on files by its own server and one on ours, asked the same.</summary>
internal sealed class TensorBoardPair(RealTensorBoard files, RealTensorBoard feed)
{
    private static readonly string[] _listed = ["scalars", "histograms", "distributions", "images", "audio", "text"];

    private readonly List<string> _differences = [];

    private readonly List<string> _asked = [];

    /// <summary>What was asked for, and compared.</summary>
    public IReadOnlyList<string> Asked => _asked;

    /// <summary>Compares all that TensorBoard's pages ask for.</summary>
    /// <returns>Where they differ.</returns>
    public async Task<IReadOnlyList<string>> CompareAsync()
    {
        await CompareAsync("data/runs");
        await CompareAsync("data/plugins_listing");
        await CompareAsync("data/plugin/timeseries/tags");
        await CompareMeshesAsync();
        await CompareCustomScalarsAsync();
        foreach (var plugin in _listed)
        {
            await CompareSeriesAsync(plugin);
        }

        await CompareGraphsAsync();
        await ComparePrCurvesAsync();
        await ComparePostAsync("data/plugin/hparams/experiment", """{"experimentName":"","includeMetrics":true}""");
        await ComparePostAsync(
            "data/plugin/hparams/session_groups",
            """{"experimentName":"","allowedStatuses":["STATUS_UNKNOWN","STATUS_SUCCESS","STATUS_FAILURE","STATUS_RUNNING"],"colParams":[],"startIndex":0,"sliceSize":1000}""");
        return _differences;
    }

    /// <summary>Compares the series of numbers alone.</summary>
    public async Task<IReadOnlyList<string>> CompareSeriesOnlyAsync()
    {
        await CompareSeriesAsync("scalars");
        return _differences;
    }

    private async Task CompareSeriesAsync(string plugin)
    {
        var tags = await CompareAsync($"data/plugin/{plugin}/tags");
        foreach (var run in tags.EnumerateObject())
        {
            foreach (var tag in NamesOf(run.Value))
            {
                var series = $"run={Uri.EscapeDataString(run.Name)}&tag={Uri.EscapeDataString(tag)}";
                if (plugin is "images" or "audio")
                {
                    await CompareBlobsAsync(plugin, series);
                }
                else
                {
                    await CompareAsync($"data/plugin/{plugin}/{plugin}?{series}");
                }
            }
        }
    }

    // Their addresses hold keys of blobs, which each server makes in its own way.
    private async Task CompareBlobsAsync(string plugin, string series)
    {
        var path = $"data/plugin/{plugin}/{plugin}?{series}&sample=0";
        var (ours, theirs) = ((await feed.GetAsync(path)).EnumerateArray().ToList(), (await files.GetAsync(path)).EnumerateArray().ToList());
        var (ourSteps, theirSteps) = (Steps(ours), Steps(theirs));
        Note(path, ourSteps, theirSteps);
        foreach (var (our, their) in ours.Zip(theirs))
        {
            var (blob, other) = (await feed.TextAsync(AddressOf(our)), await files.TextAsync(AddressOf(their)));
            Note($"{path}, the blob of {our.GetProperty("step")}", blob, other);
        }

        string AddressOf(JsonElement item)
        {
            var type = item.TryGetProperty("contentType", out var content) ? $"&content_type={Uri.EscapeDataString(content.GetString()!)}" : "";
            return $"data/plugin/{plugin}/{(plugin == "images" ? "individualImage" : "individualAudio")}?{item.GetProperty("query").GetString()}{type}";
        }

        static string Steps(List<JsonElement> items) => string.Join(' ', items.Select(item => $"{item.GetProperty("step")}@{item.GetProperty("wall_time")}"));
    }

    private async Task CompareMeshesAsync()
    {
        foreach (var run in (await CompareAsync("data/plugin/mesh/tags")).EnumerateObject())
        {
            foreach (var tag in NamesOf(run.Value))
            {
                var series = $"run={Uri.EscapeDataString(run.Name)}&tag={Uri.EscapeDataString(tag)}&sample=0";
                foreach (var mesh in (await CompareAsync($"data/plugin/mesh/meshes?{series}")).EnumerateArray())
                {
                    var path = $"data/plugin/mesh/data?{series}&content_type=VERTEX&step={mesh.GetProperty("step")}";
                    Note(path, await feed.TextAsync(path), await files.TextAsync(path));
                }
            }
        }
    }

    private async Task CompareCustomScalarsAsync()
    {
        var layout = await CompareAsync("data/plugin/custom_scalars/layout");
        if (layout.ValueKind != JsonValueKind.Object || !layout.TryGetProperty("category", out var categories))
        {
            return;
        }

        var runs = (await files.GetAsync("data/runs")).EnumerateArray().Select(run => run.GetString()!).ToList();
        foreach (var tag in categories.EnumerateArray().SelectMany(category => category.GetProperty("chart").EnumerateArray())
            .SelectMany(chart => chart.GetProperty("multiline").GetProperty("tag").EnumerateArray()))
        {
            foreach (var run in runs)
            {
                await CompareAsync($"data/plugin/custom_scalars/scalars?run={Uri.EscapeDataString(run)}&tag={Uri.EscapeDataString(tag.GetString()!)}");
            }
        }
    }

    private async Task CompareGraphsAsync()
    {
        foreach (var run in (await CompareAsync("data/plugin/graphs/info")).EnumerateObject())
        {
            var name = Uri.EscapeDataString(run.Name);
            foreach (var path in (string[])[$"data/plugin/graphs/graph?run={name}&conceptual=false", .. TagsOf(run.Value).Select(tag => $"data/plugin/graphs/run_metadata?run={name}&tag={Uri.EscapeDataString(tag)}")])
            {
                var (ours, theirs) = (await feed.TextAsync(path), await files.TextAsync(path));
                Note(path, ours, theirs);
            }
        }

        static IEnumerable<string> TagsOf(JsonElement run) => run.TryGetProperty("tags", out var tags) ? tags.EnumerateObject().Select(tag => tag.Name) : [];
    }

    private async Task ComparePrCurvesAsync()
    {
        foreach (var run in (await CompareAsync("data/plugin/pr_curves/tags")).EnumerateObject())
        {
            foreach (var tag in NamesOf(run.Value))
            {
                await CompareAsync($"data/plugin/pr_curves/pr_curves?run={Uri.EscapeDataString(run.Name)}&tag={Uri.EscapeDataString(tag)}");
            }
        }
    }

    private async Task<JsonElement> CompareAsync(string path)
    {
        var (ours, theirs) = (await feed.GetAsync(path), await files.GetAsync(path));
        Note(path, Sorted(ours, path), Sorted(theirs, path));
        return theirs;
    }

    private async Task ComparePostAsync(string path, string request) =>
        Note(path, Sorted(await feed.PostAsync(path, request), path), Sorted(await files.PostAsync(path, request), path));

    private void Note(string path, string ours, string theirs)
    {
        _asked.Add(path);
        if (ours != theirs)
        {
            _differences.Add($"{path}\n  ours:   {Cut(ours)}\n  theirs: {Cut(theirs)}");
        }

        static string Cut(string text) => text.Length > 400 ? text[..400] + "..." : text;
    }

    private static IEnumerable<string> NamesOf(JsonElement tags) =>
        tags.ValueKind == JsonValueKind.Object ? tags.EnumerateObject().Select(tag => tag.Name) : tags.EnumerateArray().Select(tag => tag.GetString()!);

    // The Rust server lists tags in no order of its own; points are in theirs.
    private static string Sorted(JsonElement answer, string path)
    {
        var isList = path.EndsWith("/tags", StringComparison.Ordinal) || path.Contains("hparams", StringComparison.Ordinal) || path.EndsWith("info", StringComparison.Ordinal);
        return SortedNode(JsonNode.Parse(answer.GetRawText()), isList)?.ToJsonString() ?? "null";
    }

    private static JsonNode? SortedNode(JsonNode? node, bool isList) => node switch
    {
        JsonObject members => new JsonObject(members.OrderBy(member => member.Key, StringComparer.Ordinal).Select(member => KeyValuePair.Create(member.Key, SortedNode(member.Value, isList)))),
        JsonArray items when isList => new JsonArray([.. items.Select(item => SortedNode(item, isList)).OrderBy(item => item?.ToJsonString(), StringComparer.Ordinal)]),
        JsonArray items => new JsonArray([.. items.Select(item => SortedNode(item, isList))]),
        _ => node?.DeepClone(),
    };
}
