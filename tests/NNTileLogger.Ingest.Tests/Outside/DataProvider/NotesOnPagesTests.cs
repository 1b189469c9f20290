using System.Text.Json;
using NNTileLogger.Ingest.Tests.Support;
using Xunit;

namespace NNTileLogger.Ingest.Tests.Outside.DataProvider;

/// <summary>
/// What this service says about trainings, as the real TensorBoard's pages for texts, HParams and custom scalars get it:
/// one that ended, one that was lost, one that goes on. Skipped where the lab is not there.
/// </summary>
public sealed class NotesOnPagesTests : IDisposable
{
    private const string AllStates = """["STATUS_UNKNOWN","STATUS_SUCCESS","STATUS_FAILURE","STATUS_RUNNING"]""";

    private readonly TempLogDirectory _logs = new();

    public void Dispose() => _logs.Dispose();

    [Fact]
    public async Task Trainings_EndedLostAndOpen_AreToldAndComparedOnThePages()
    {
        await using var server = await IngestProcess.StartAsync(_logs.Path, "CLEAR_LOGS=0");
        using var feed = await RealTensorBoard.OnFeedAsync(server.DataPort);
        using (var ends = await NNTileClient.ConnectAsync(server.Port))
        {
            await ends.SendAsync(Line("ended", 0.5, "CPU 0", "CUDA 0"));
            await ends.EndAsync();
        }

        using (var lost = await NNTileClient.ConnectAsync(server.Port))
        {
            await lost.SendAsync(Line("lost", 0.25, "CPU 0"));
            await lost.ServerHasReadAsync();
            lost.Reset();
        }

        using var open = await NNTileClient.ConnectAsync(server.Port);
        await open.SendAsync(Line("open", 0.125, "CPU 0", "CPU 1", "CUDA 0"));

        await FeedClient.UntilAsync(async () => (await StatesAsync(feed)).Values.Order(StringComparer.Ordinal).SequenceEqual(["STATUS_FAILURE", "STATUS_RUNNING", "STATUS_SUCCESS"]), "all three are compared");
        var states = await StatesAsync(feed);
        var ended = states.Single(state => state.Value == "STATUS_SUCCESS").Key;
        Assert.Equal("STATUS_FAILURE", states[SessionOf("lost")]);
        Assert.Equal("STATUS_RUNNING", states[SessionOf("open")]);
        Assert.Equal(SessionOf("ended"), ended);

        // What differs between them, and the scalar that they have in common.
        var experiment = await feed.PostAsync("data/plugin/hparams/experiment", """{"experimentName":"","includeMetrics":true}""");
        var parameters = experiment.GetProperty("hparamInfos").EnumerateArray().ToDictionary(info => info.GetProperty("name").GetString()!, StringComparer.Ordinal);
        Assert.True(parameters["workers"].GetProperty("differs").GetBoolean(), "the trainings have other numbers of workers");
        Assert.False(parameters["peer"].GetProperty("differs").GetBoolean(), "the trainings are of one machine");
        Assert.Contains("workers CUDA", parameters.Keys);
        Assert.Contains("loss", experiment.GetProperty("metricInfos").EnumerateArray().Select(info => info.GetProperty("name").GetProperty("tag").GetString()));
        var groups = (await GroupsAsync(feed)).ToList();
        Assert.Equal([1, 2, 3], groups.Select(group => group.GetProperty("hparams").GetProperty("workers").GetDouble()).Order());
        Assert.Equal([0.125, 0.25, 0.5], groups.SelectMany(LossesOf).Order());

        // Markdown that the page has made a table of.
        var text = await feed.GetAsync($"data/plugin/text/text?run={Uri.EscapeDataString(ended)}&tag=session");
        var told = text[0].GetProperty("text").GetString()!;
        Assert.Contains("<table>", told, StringComparison.Ordinal);
        Assert.Contains("<td>ended by its client", told, StringComparison.Ordinal);
        Assert.Contains("<td>2: CPU 0, CUDA 0</td>", told, StringComparison.Ordinal);

        var layout = await feed.GetAsync("data/plugin/custom_scalars/layout");
        Assert.Equal(["NNTile: scalars", "NNTile: the machine"], layout.GetProperty("category").EnumerateArray().Select(category => category.GetProperty("title").GetString()));
        var charts = layout.GetProperty("category").EnumerateArray().SelectMany(category => category.GetProperty("chart").EnumerateArray()).ToList();
        await AssertChartAsync(feed, charts.Single(chart => chart.GetProperty("title").GetString() == "loss"), $"{ended}/loss", 0.5);
        await AssertChartAsync(feed, charts.Single(chart => chart.GetProperty("title").GetString() == "GFlop/s of all workers"), $"{ended}/CUDA 0", 2);
        await open.EndAsync();
        await server.StopAsync();
    }

    private static string Line(string name, double loss, params string[] workers)
    {
        var all = string.Join(',', workers.Select(worker => $$"""{"name":"{{worker}}","total_time":1,"flops":2e9}"""));
        return FormattableString.Invariant($$"""{"workers":[{{all}}],"scalars":[{"name":"loss","values":[{{loss}}]},{"name":"{{name}}","values":[1]}]}""") + "\n";
    }

    private string SessionOf(string run) => Path.GetFileName(_logs.SessionWithRun(run).Path);

    private static async Task<IEnumerable<JsonElement>> GroupsAsync(RealTensorBoard feed) =>
        (await feed.PostAsync(
            "data/plugin/hparams/session_groups",
            $$"""{"experimentName":"","allowedStatuses":{{AllStates}},"colParams":[{"hparam":"workers","includeInResult":true},{"metric":{"group":"loss","tag":"loss"},"includeInResult":true}],"startIndex":0,"sliceSize":100}"""))
        .GetProperty("sessionGroups").EnumerateArray();

    private static async Task<Dictionary<string, string>> StatesAsync(RealTensorBoard feed) =>
        (await GroupsAsync(feed)).SelectMany(group => group.GetProperty("sessions").EnumerateArray())
        .ToDictionary(session => session.GetProperty("name").GetString()!, session => session.GetProperty("status").GetString()!, StringComparer.Ordinal);

    private static IEnumerable<double> LossesOf(JsonElement group) =>
        group.GetProperty("metricValues").EnumerateArray()
            .Where(metric => metric.GetProperty("name").GetProperty("tag").GetString() == "loss").Select(metric => metric.GetProperty("value").GetDouble());

    // The page takes the tags of a chart for regular expressions.
    private static async Task AssertChartAsync(RealTensorBoard feed, JsonElement chart, string run, double value)
    {
        var tag = Assert.Single(chart.GetProperty("multiline").GetProperty("tag").EnumerateArray()).GetString()!;
        var answer = await feed.GetAsync($"data/plugin/custom_scalars/scalars?run={Uri.EscapeDataString(run)}&tag={Uri.EscapeDataString(tag)}");
        Assert.True(answer.GetProperty("regex_valid").GetBoolean(), $"{tag} is no regular expression");
        var curve = Assert.Single(answer.GetProperty("tag_to_events").EnumerateObject()).Value;
        Assert.Equal(value, curve[0][2].GetDouble());
    }
}
