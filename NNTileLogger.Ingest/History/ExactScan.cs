using System.Text;
using NNTileLogger.Ingest.EventFiles;

namespace NNTileLogger.Ingest.History;

/// <summary>Reads every value of one series from its files, for those who want more than memory has. Any thread.</summary>
internal static class ExactScan
{
    /// <summary>Takes a value.</summary>
    /// <param name="place">Where it stands; its file by its number in the list that was given.</param>
    /// <param name="value">The value.</param>
    public delegate void TakeValue(in Place place, in ValueView value);

    /// <summary>Reads the files of a run.</summary>
    /// <param name="files">They, in their order; each is read up to the length it was found with.</param>
    /// <param name="tag">The series.</param>
    /// <param name="take">Takes its values.</param>
    /// <param name="stop">Ends the reading.</param>
    public static void Read(IReadOnlyList<FoundFile> files, string tag, TakeValue take, CancellationToken stop)
    {
        var wanted = Encoding.UTF8.GetBytes(tag);
        // Which records are damaged is not remembered.
        using var scan = new EventFileScan();
        for (var number = 0; number < files.Count; number++)
        {
            var file = number;
            try
            {
                scan.Read(files[file].Path, 0, TakeBlock, stop, files[file].Length);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // Gone since the files were listed; what cannot be read the loader says, once.
            }

            bool TakeBlock(ref RecordWalk records, long offset)
            {
                while (records.Next())
                {
                    if (!records.IsDamaged && EventView.TryRead(records.Data, out var read) && double.IsFinite(read.WallTime))
                    {
                        TakeEvent(read, wanted, new Place(read.Step, read.WallTime, file, offset + records.At, 0, 0), take);
                    }
                }

                return true;
            }
        }
    }

    /// <summary>Gives the values of an event that are of one series.</summary>
    public static void TakeEvent(in EventView read, ReadOnlySpan<byte> tag, Place place, TakeValue take)
    {
        switch (read.Kind)
        {
            case EventKind.Summary:
                var values = new SummaryView(read.Body);
                while (values.Next())
                {
                    if (values.Value.Tag.SequenceEqual(tag))
                    {
                        take(place, values.Value);
                    }

                    place = place with { Value = place.Value + 1 };
                }

                break;
            case EventKind.Graph when tag.SequenceEqual(SeriesInfo.GraphTag):
                take(place, ValueView.OfBlob(read.Body));
                break;
            case EventKind.RunMetadata when ValueView.TryReadRunMetadata(read.Body, out var metadata) && metadata.Tag.SequenceEqual(tag):
                take(place, metadata);
                break;
            default:
                break;
        }
    }

    /// <summary>Takes away what a value with a step takes the place of.</summary>
    public static void EraseFrom<T>(List<T> values, long step, Func<T, long> stepOf)
    {
        var count = values.Count;
        while (count > 0 && stepOf(values[count - 1]) >= step)
        {
            count--;
        }

        values.RemoveRange(count, values.Count - count);
    }
}
