using Grpc.Core;
using Grpc.Net.Client;
using NNTileLogger.Ingest.DataProvider.Protos;
using Xunit;

namespace NNTileLogger.Ingest.Tests.Support;

/// <summary>Asks the service's data provider as TensorBoard does; for one test.</summary>
internal sealed class FeedClient : IDisposable
{
    private static readonly TimeSpan _limit = Eventually.Patience;

    private readonly GrpcChannel _channel;

    public FeedClient(int port)
    {
        _channel = GrpcChannel.ForAddress($"http://127.0.0.1:{port}", new GrpcChannelOptions { MaxReceiveMessageSize = null });
        Calls = new TensorBoardDataProvider.TensorBoardDataProviderClient(_channel);
    }

    private TensorBoardDataProvider.TensorBoardDataProviderClient Calls { get; }

    public static PluginFilter Plugin(string name) => new() { PluginName = name };

    public static RunTagFilter Filter(string[]? runs, string[]? tags)
    {
        var filter = new RunTagFilter();
        if (runs is not null)
        {
            filter.Runs = new RunFilter { Names = { runs } };
        }

        if (tags is not null)
        {
            filter.Tags = new TagFilter { Names = { tags } };
        }

        return filter;
    }

    public async Task<ReadScalarsResponse> ReadAsync(ReadScalarsRequest request) => await Calls.ReadScalarsAsync(request);

    public async Task<ReadTensorsResponse> ReadAsync(ReadTensorsRequest request) => await Calls.ReadTensorsAsync(request);

    public async Task<ListScalarsResponse> ListScalarsAsync(RunTagFilter? filter) =>
        await Calls.ListScalarsAsync(new ListScalarsRequest { PluginFilter = Plugin("scalars"), RunTagFilter = filter });

    public async Task<ListTensorsResponse> ListTensorsAsync(string plugin, string run, string tag) =>
        await Calls.ListTensorsAsync(new ListTensorsRequest { PluginFilter = Plugin(plugin), RunTagFilter = Filter([run], [tag]) });

    public async Task<List<string>> PluginsAsync() => [.. (await Calls.ListPluginsAsync(new ListPluginsRequest())).Plugins.Select(plugin => plugin.Name)];

    public async Task<List<string>> RunsAsync() => [.. (await Calls.ListRunsAsync(new ListRunsRequest())).Runs.Select(run => run.Name)];

    /// <summary>Every run and tag of numbers.</summary>
    public async Task<List<(string Run, string Tag)>> ScalarTagsAsync() =>
        [.. (await ListScalarsAsync(null)).Runs
            .SelectMany(run => run.Tags.Select(tag => (run.RunName, tag.TagName)))];

    /// <summary>The points of one series; nothing where it is not there.</summary>
    public async Task<List<(long Step, float Value)>> PointsAsync(string run, string tag, long most = 0)
    {
        var answer = await Calls.ReadScalarsAsync(new ReadScalarsRequest
        {
            PluginFilter = Plugin("scalars"),
            RunTagFilter = Filter([run], [tag]),
            Downsample = new Downsample { NumPoints = most },
        });
        return [.. answer.Runs.SelectMany(found => found.Tags).SelectMany(found => found.Data.Step.Zip(found.Data.Value))];
    }

    /// <summary>The tensors of one series.</summary>
    public async Task<List<(long Step, TensorProto Value)>> TensorsAsync(string plugin, string run, string tag, long most = 0)
    {
        var answer = await Calls.ReadTensorsAsync(new ReadTensorsRequest
        {
            PluginFilter = Plugin(plugin),
            RunTagFilter = Filter([run], [tag]),
            Downsample = new Downsample { NumPoints = most },
        });
        return [.. answer.Runs.SelectMany(found => found.Tags).SelectMany(found => found.Data.Step.Zip(found.Data.Value))];
    }

    /// <summary>The blobs of one series, step by step.</summary>
    public async Task<List<(long Step, List<byte[]> Blobs)>> BlobsAsync(string plugin, string run, string tag)
    {
        var answer = await Calls.ReadBlobSequencesAsync(new ReadBlobSequencesRequest
        {
            PluginFilter = Plugin(plugin),
            RunTagFilter = Filter([run], [tag]),
            Downsample = new Downsample { NumPoints = 0 },
        });
        var blobs = new List<(long, List<byte[]>)>();
        foreach (var (step, sequence) in answer.Runs.SelectMany(found => found.Tags).SelectMany(found => found.Data.Step.Zip(found.Data.Values)))
        {
            var read = new List<byte[]>();
            foreach (var reference in sequence.BlobRefs)
            {
                read.Add(await BlobAsync(reference.BlobKey));
            }

            blobs.Add((step, read));
        }

        return blobs;
    }

    public async Task<byte[]> BlobAsync(string key)
    {
        using var call = Calls.ReadBlob(new ReadBlobRequest { BlobKey = key });
        using var blob = new MemoryStream();
        await foreach (var part in call.ResponseStream.ReadAllAsync(TestContext.Current.CancellationToken))
        {
            part.Data.WriteTo(blob);
        }

        return blob.ToArray();
    }

    /// <summary>Asks again until it holds.</summary>
    public static async Task UntilAsync(Func<Task<bool>> holds, string what)
    {
        var start = TimeProvider.System.GetTimestamp();
        while (!await holds())
        {
            Assert.True(TimeProvider.System.GetElapsedTime(start) < _limit, $"not within {_limit.TotalSeconds} s: {what}");
            await Task.Delay(20, TestContext.Current.CancellationToken);
        }
    }

    /// <summary>Waits until a series has so many points.</summary>
    public Task HasPointsAsync(string run, string tag, int count) =>
        UntilAsync(async () => (await PointsAsync(run, tag)).Count == count, $"{run} / {tag} has {count} points");

    public void Dispose() => _channel.Dispose();
}
