using Google.Protobuf;
using Grpc.Core;
using NNTileLogger.Ingest.DataProvider.Protos;
using NNTileLogger.Ingest.EventFiles;
using NNTileLogger.Ingest.History;

namespace NNTileLogger.Ingest.DataProvider;

/// <summary>
/// The calls of TensorBoard's data service, over the <see cref="Catalog"/>. TensorBoard gives its calls no time limit: none
/// waits longer than a moment for files to be loaded, and a client or a disk that is slow holds up nobody else. Any thread.
/// </summary>
internal sealed class DataProviderService(
    Catalog catalog, LiveMirror live, Attention attention, ScalarReader scalars, TensorAnswers tensors, BlobAnswers blobs, LogDirectory root, ReplyLimit limit)
    : TensorBoardDataProvider.TensorBoardDataProviderBase
{
    public override Task<GetExperimentResponse> GetExperiment(GetExperimentRequest request, ServerCallContext context)
    {
        attention.Asked();
        return Task.FromResult(new GetExperimentResponse { DataLocation = root.Path });
    }

    public override async Task<ListPluginsResponse> ListPlugins(ListPluginsRequest request, ServerCallContext context)
    {
        await SyncAsync(context);
        var answer = new ListPluginsResponse();
        // Its pages wait for a first plugin, though nothing may be there yet.
        answer.Plugins.Add(catalog.Plugins().Append(SeriesInfo.Scalars).Distinct(StringComparer.Ordinal).Select(name => new Plugin { Name = name }));
        return answer;
    }

    public override async Task<ListRunsResponse> ListRuns(ListRunsRequest request, ServerCallContext context)
    {
        await SyncAsync(context);
        var answer = new ListRunsResponse();
        answer.Runs.Add(catalog.Runs().Select(run => new Run { Name = run.Name, StartTime = run.Start }));
        return answer;
    }

    public override async Task<ListScalarsResponse> ListScalars(ListScalarsRequest request, ServerCallContext context)
    {
        var entries = await FindAsync(SeriesClass.Scalar, request.PluginFilter, request.RunTagFilter, context);
        var last = ScalarReader.Last(entries);
        var answer = new ListScalarsResponse();
        foreach (var run in ByRun(entries, at => last[at] is not null))
        {
            var listed = new ListScalarsResponse.Types.RunEntry { RunName = run.Key };
            listed.Tags.Add(run.Select(at => new ListScalarsResponse.Types.TagEntry
            {
                TagName = entries[at].Tag,
                Metadata = new ScalarMetadata
                {
                    MaxStep = last[at]!.Value.Step,
                    MaxWallTime = last[at]!.Value.WallTime,
                    SummaryMetadata = Messages.MetadataOf(entries[at].Info ?? SeriesInfo.Scalar),
                },
            }));
            answer.Runs.Add(listed);
        }

        return limit.Check(answer);
    }

    public override async Task<ReadScalarsResponse> ReadScalars(ReadScalarsRequest request, ServerCallContext context)
    {
        var asked = DataRequest.PointsOf(request.Downsample);
        var entries = await FindAsync(SeriesClass.Scalar, request.PluginFilter, request.RunTagFilter, context);
        var counts = entries.ConvertAll(entry => entry.Count);
        var share = PointShares.Of(counts, asked);
        limit.CheckPoints(counts, share);
        var points = await scalars.ReadAsync(entries, share, context.CancellationToken);
        var answer = new ReadScalarsResponse();
        foreach (var run in ByRun(entries, at => points[at].Length > 0))
        {
            var read = new ReadScalarsResponse.Types.RunEntry { RunName = run.Key };
            read.Tags.Add(run.Select(at => new ReadScalarsResponse.Types.TagEntry { TagName = entries[at].Tag, Data = DataOf(points[at]) }));
            answer.Runs.Add(read);
        }

        return limit.Check(answer);
    }

    public override async Task<ListTensorsResponse> ListTensors(ListTensorsRequest request, ServerCallContext context) =>
        limit.Check(TensorAnswers.List(await FindAsync(SeriesClass.Tensor, request.PluginFilter, request.RunTagFilter, context)));

    public override async Task<ReadTensorsResponse> ReadTensors(ReadTensorsRequest request, ServerCallContext context)
    {
        var asked = DataRequest.PointsOf(request.Downsample);
        var entries = await FindAsync(SeriesClass.Tensor, request.PluginFilter, request.RunTagFilter, context);
        return limit.Check(await tensors.ReadAsync(entries, PointShares.Of(entries.Select(entry => entry.Count), asked), context.CancellationToken));
    }

    public override async Task<ListBlobSequencesResponse> ListBlobSequences(ListBlobSequencesRequest request, ServerCallContext context) =>
        limit.Check(BlobAnswers.List(await FindAsync(SeriesClass.Blobs, request.PluginFilter, request.RunTagFilter, context)));

    public override async Task<ReadBlobSequencesResponse> ReadBlobSequences(ReadBlobSequencesRequest request, ServerCallContext context)
    {
        var asked = DataRequest.PointsOf(request.Downsample);
        var entries = await FindAsync(SeriesClass.Blobs, request.PluginFilter, request.RunTagFilter, context);
        return limit.Check(await blobs.ReadAsync(entries, PointShares.Of(entries.Select(entry => entry.Count), asked), context.CancellationToken));
    }

    public override async Task ReadBlob(ReadBlobRequest request, IServerStreamWriter<ReadBlobResponse> responseStream, ServerCallContext context)
    {
        var blob = await blobs.BlobAsync(request.BlobKey, context.CancellationToken);
        for (var at = 0; at < blob.Length; at += BlobAnswers.ChunkBytes)
        {
            var chunk = blob.AsMemory(at, Math.Min(BlobAnswers.ChunkBytes, blob.Length - at));
            await responseStream.WriteAsync(new ReadBlobResponse { Data = UnsafeByteOperations.UnsafeWrap(chunk) }, context.CancellationToken);
        }
    }

    /// <summary>The places of entries in their list, run by run.</summary>
    public static IEnumerable<IGrouping<string, int>> ByRun(List<CatalogEntry> entries, Func<int, bool> isShown) =>
        Enumerable.Range(0, entries.Count).Where(isShown).GroupBy(at => entries[at].Run, StringComparer.Ordinal);

    private async ValueTask SyncAsync(ServerCallContext context)
    {
        await attention.AskedAsync(context.CancellationToken);
        live.Sync();
    }

    private async ValueTask<List<CatalogEntry>> FindAsync(SeriesClass kind, PluginFilter? plugin, RunTagFilter? filter, ServerCallContext context)
    {
        var asked = DataRequest.Of(plugin, filter);
        await SyncAsync(context);
        return catalog.Find(kind, asked.Plugin, asked.Runs, asked.Tags);
    }

    private static ScalarData DataOf(Points.Point[] points)
    {
        var data = new ScalarData();
        data.Step.Capacity = data.WallTime.Capacity = data.Value.Capacity = points.Length;
        foreach (ref readonly var point in points.AsSpan())
        {
            data.Step.Add(point.Step);
            data.WallTime.Add(point.WallTime);
            data.Value.Add(point.Value);
        }

        return data;
    }
}
