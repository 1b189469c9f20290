using NNTileLogger.Ingest.DataProvider.Protos;
using NNTileLogger.Ingest.History;

namespace NNTileLogger.Ingest.DataProvider;

/// <summary>Lists and reads series of tensors: histograms, texts, hyperparameters and what else plugins keep so. Any thread.</summary>
internal sealed class TensorAnswers(PlaceReader places, FileTurns turns, ReplyLimit limit)
{
    /// <summary>What there is.</summary>
    public static ListTensorsResponse List(List<CatalogEntry> entries)
    {
        var last = entries.ConvertAll(LastOf);
        var answer = new ListTensorsResponse();
        foreach (var run in DataProviderService.ByRun(entries, at => last[at] is not null))
        {
            var listed = new ListTensorsResponse.Types.RunEntry { RunName = run.Key };
            foreach (var at in run.Where(at => entries[at].Info is not null))
            {
                listed.Tags.Add(new ListTensorsResponse.Types.TagEntry
                {
                    TagName = entries[at].Tag,
                    Metadata = new TensorMetadata
                    {
                        MaxStep = last[at]!.Value.Step,
                        MaxWallTime = last[at]!.Value.WallTime,
                        SummaryMetadata = Messages.MetadataOf(entries[at].Info!),
                    },
                });
            }

            answer.Runs.Add(listed);
        }

        return answer;
    }

    /// <summary>Reads them.</summary>
    /// <param name="entries">The series.</param>
    /// <param name="most">How many tensors of each at most.</param>
    /// <param name="gone">Set when nobody waits any more.</param>
    public async Task<ReadTensorsResponse> ReadAsync(List<CatalogEntry> entries, int most, CancellationToken gone)
    {
        // What has to be read from files is read on another thread, and not by many at once.
        var data = entries.Exists(entry => entry.File is PlaceSeries)
            ? await turns.RunAsync(() => ReadAll(entries, most, gone), gone)
            : ReadAll(entries, most, gone);
        var answer = new ReadTensorsResponse();
        foreach (var run in DataProviderService.ByRun(entries, at => data[at].Step.Count > 0))
        {
            var read = new ReadTensorsResponse.Types.RunEntry { RunName = run.Key };
            read.Tags.Add(run.Select(at => new ReadTensorsResponse.Types.TagEntry { TagName = entries[at].Tag, Data = data[at] }));
            answer.Runs.Add(read);
        }

        return answer;
    }

    private TensorData[] ReadAll(List<CatalogEntry> entries, int most, CancellationToken gone)
    {
        var all = new TensorData[entries.Count];
        var bytes = 0L;
        for (var at = 0; at < all.Length; at++)
        {
            gone.ThrowIfCancellationRequested();
            var data = all[at] = new TensorData();
            if (entries[at].File is PlaceSeries series)
            {
                PlaceReader.Read(places.Choose(series, most, gone), series.Tag, (in place, in value) =>
                {
                    if (Messages.TensorOf(value) is { } tensor)
                    {
                        limit.CheckBytes(bytes += value.Payload.Length);
                        Add(data, place.Step, place.WallTime, tensor);
                    }
                });
            }
            else if (entries[at].Note is { } note && most > 0)
            {
                Add(data, 0, note.WallTime, Messages.TensorOf(note));
            }
        }

        return all;
    }

    private static void Add(TensorData data, long step, double wallTime, TensorProto tensor)
    {
        data.Step.Add(step);
        data.WallTime.Add(wallTime);
        data.Value.Add(tensor);
    }

    private static (long Step, double WallTime)? LastOf(CatalogEntry entry)
    {
        if (entry.File is not { } file)
        {
            return entry.Note is { } note ? (0, note.WallTime) : null;
        }

        lock (file.Run.Gate)
        {
            return file.Last;
        }
    }
}
