using NNTileLogger.Ingest.DataProvider.Protos;
using NNTileLogger.Ingest.History;

namespace NNTileLogger.Ingest.DataProvider;

/// <summary>Lists series of blobs (images, audio, graphs), says which blobs they have, and gives them. Any thread.</summary>
internal sealed class BlobAnswers(Catalog catalog, PlaceReader places, FileTurns turns)
{
    /// <summary>Of a blob in one message: far below what clients take, and few messages for a large graph.</summary>
    public const int ChunkBytes = 2 << 20;

    /// <summary>What there is.</summary>
    public static ListBlobSequencesResponse List(List<CatalogEntry> entries)
    {
        var metadata = entries.ConvertAll(MetadataOf);
        var answer = new ListBlobSequencesResponse();
        foreach (var run in DataProviderService.ByRun(entries, at => metadata[at] is not null))
        {
            var listed = new ListBlobSequencesResponse.Types.RunEntry { RunName = run.Key };
            listed.Tags.Add(run.Select(at => new ListBlobSequencesResponse.Types.TagEntry { TagName = entries[at].Tag, Metadata = metadata[at] }));
            answer.Runs.Add(listed);
        }

        return answer;
    }

    /// <summary>Which blobs they have.</summary>
    /// <param name="entries">The series.</param>
    /// <param name="most">How many steps of each at most.</param>
    /// <param name="gone">Set when nobody waits any more.</param>
    public async Task<ReadBlobSequencesResponse> ReadAsync(List<CatalogEntry> entries, int most, CancellationToken gone)
    {
        var data = await turns.RunAsync(() => entries.ConvertAll(entry => DataOf(entry, most, gone)), gone);
        var answer = new ReadBlobSequencesResponse();
        foreach (var run in DataProviderService.ByRun(entries, at => data[at].Step.Count > 0))
        {
            var read = new ReadBlobSequencesResponse.Types.RunEntry { RunName = run.Key };
            read.Tags.Add(run.Select(at => new ReadBlobSequencesResponse.Types.TagEntry { TagName = entries[at].Tag, Data = data[at] }));
            answer.Runs.Add(read);
        }

        return answer;
    }

    /// <summary>One blob.</summary>
    /// <exception cref="Grpc.Core.RpcException">There is none of that key.</exception>
    public async Task<byte[]> BlobAsync(string text, CancellationToken gone)
    {
        var key = BlobKey.Parse(text) ?? throw DataRequest.Wrong($"\"{text}\" is no key of a blob: take one that ReadBlobSequences gives");
        if (catalog.Find(key.Run, key.Tag)?.File is not PlaceSeries { Info.Class: SeriesClass.Blobs } series)
        {
            throw DataRequest.NotFound($"there are no blobs of run \"{key.Run}\" and tag \"{key.Tag}\"");
        }

        return await turns.RunAsync(() => BlobOf(series, key, gone), gone)
            ?? throw DataRequest.NotFound($"run \"{key.Run}\", tag \"{key.Tag}\" has no blob {key.Index} at step {key.Step}");
    }

    private byte[]? BlobOf(PlaceSeries series, BlobKey key, CancellationToken gone)
    {
        if (places.Find(series, key.Step, gone) is not var (place, file) || key.Index < 0 || key.Index >= place.Blobs)
        {
            return null;
        }

        byte[]? blob = null;
        PlaceReader.Read(new ChosenPlaces([place with { File = 0 }], [file]), series.Tag, (in _, in value) => blob = Payload.BlobOf(series.Info, value, key.Index));
        return blob;
    }

    private BlobSequenceData DataOf(CatalogEntry entry, int most, CancellationToken gone)
    {
        var data = new BlobSequenceData();
        if (entry.File is PlaceSeries series)
        {
            foreach (var place in places.Choose(series, most, gone).Places)
            {
                var sequence = new BlobReferenceSequence();
                for (var index = 0; index < place.Blobs; index++)
                {
                    sequence.BlobRefs.Add(new BlobReference { BlobKey = new BlobKey(entry.Run, entry.Tag, place.Step, index).ToString() });
                }

                data.Step.Add(place.Step);
                data.WallTime.Add(place.WallTime);
                data.Values.Add(sequence);
            }
        }

        return data;
    }

    private static BlobSequenceMetadata? MetadataOf(CatalogEntry entry)
    {
        if (entry.File is not PlaceSeries series)
        {
            return null;
        }

        lock (series.Run.Gate)
        {
            return series.Last is not { } last ? null : new BlobSequenceMetadata
            {
                MaxStep = last.Step,
                MaxWallTime = last.WallTime,
                MaxLength = series.MostBlobs,
                SummaryMetadata = Messages.MetadataOf(series.Info),
            };
        }
    }
}
