using System.Buffers;
using System.Text;
using Microsoft.Win32.SafeHandles;
using NNTileLogger.Ingest.EventFiles;

namespace NNTileLogger.Ingest.History;

/// <summary>Gives values whose payloads stayed in their files: tensors and blobs. Any thread.</summary>
internal sealed class PlaceReader(LogDirectory root)
{
    private const int FirstRead = 16 << 10;

    /// <summary>Chooses places of a series, evenly, and always the last.</summary>
    /// <param name="series">The series.</param>
    /// <param name="most">How many at most; <see cref="int.MaxValue"/> for all.</param>
    /// <param name="stop">Ends the reading of files, where memory does not have all.</param>
    public ChosenPlaces Choose(PlaceSeries series, int most, CancellationToken stop)
    {
        var places = new List<Place>();
        lock (series.Run.Gate)
        {
            series.CopyTo(places);
            if (series.IsExact || places.Count >= most)
            {
                return new ChosenPlaces(Evenly(places, most), [.. series.Run.Files.Select(file => file.Path)]);
            }
        }

        places.Clear();
        var files = LogScan.FilesOf(root.Path, series.Run.Name);
        ExactScan.Read(files, series.Tag, (in place, in value) =>
        {
            ExactScan.EraseFrom(places, place.Step, known => known.Step);
            if (Payload.TryCount(series.Info, value, out var blobs))
            {
                places.Add(place with { Blobs = blobs });
            }
        }, stop);
        return new ChosenPlaces(Evenly(places, most), [.. files.Select(file => file.Path)]);
    }

    /// <summary>The place of a step; null where there is none.</summary>
    public (Place Place, string File)? Find(PlaceSeries series, long step, CancellationToken stop)
    {
        var places = new List<Place>();
        lock (series.Run.Gate)
        {
            series.CopyTo(places);
            if (places.FindIndex(place => place.Step == step) is >= 0 and var at)
            {
                return (places[at], series.Run.Files[places[at].File].Path);
            }

            if (series.IsExact)
            {
                return null;
            }
        }

        var (all, files) = Choose(series, int.MaxValue, stop);
        return all.FindIndex(place => place.Step == step) is >= 0 and var there ? (all[there], files[all[there].File]) : null;
    }

    /// <summary>Reads the values at places.</summary>
    /// <param name="chosen">The places.</param>
    /// <param name="tag">Their series.</param>
    /// <param name="take">Takes them. One whose file is no longer what it was is passed over.</param>
    public static void Read(ChosenPlaces chosen, string tag, ExactScan.TakeValue take)
    {
        var wanted = Encoding.UTF8.GetBytes(tag);
        var buffer = ArrayPool<byte>.Shared.Rent(FirstRead);
        SafeFileHandle? handle = null;
        var opened = -1;
        try
        {
            foreach (var place in chosen.Places)
            {
                if (place.File != opened)
                {
                    handle?.Dispose();
                    handle = TryOpen(chosen.Files[place.File]);
                    opened = place.File;
                }

                if (handle is not null)
                {
                    ReadAt(handle, place, wanted, ref buffer, take);
                }
            }
        }
        finally
        {
            handle?.Dispose();
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private static void ReadAt(SafeFileHandle handle, Place place, byte[] tag, ref byte[] buffer, ExactScan.TakeValue take)
    {
        var count = RandomAccess.Read(handle, buffer, place.Offset);
        var status = TFRecord.TryRead(buffer.AsSpan(0, count), out var data, out var size);
        if (status == TFRecordStatus.Truncated && size > count && size <= Array.MaxLength && RandomAccess.GetLength(handle) >= place.Offset + size)
        {
            ArrayPool<byte>.Shared.Return(buffer);
            buffer = ArrayPool<byte>.Shared.Rent((int)size);
            count = 0;
            int more;
            while (count < size && (more = RandomAccess.Read(handle, buffer.AsSpan(count), place.Offset + count)) > 0)
            {
                count += more;
            }

            status = TFRecord.TryRead(buffer.AsSpan(0, count), out data, out _);
        }

        if (status == TFRecordStatus.Whole && EventView.TryRead(data, out var read) && read.Step == place.Step)
        {
            ExactScan.TakeEvent(read, tag, place with { Value = 0 }, (in at, in value) =>
            {
                if (at.Value == place.Value)
                {
                    take(place, value);
                }
            });
        }
    }

    private static SafeFileHandle? TryOpen(string path)
    {
        try
        {
            return File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Gone since its places were noted, or closed to us; the next scan takes them away, or says so.
            return null;
        }
    }

    private static List<Place> Evenly(List<Place> places, int most)
    {
        if (places.Count <= most)
        {
            return places;
        }

        // The last comes first, as TensorBoard's own reader has it; then the ends.
        return most switch
        {
            0 => [],
            1 => [places[^1]],
            _ => [.. Enumerable.Range(0, most).Select(at => places[(int)((long)at * (places.Count - 1) / (most - 1))])],
        };
    }
}

/// <summary>Places of one series and the files they are in.</summary>
/// <param name="Places">The places.</param>
/// <param name="Files">The files' paths, by the numbers in the places.</param>
internal sealed record ChosenPlaces(List<Place> Places, List<string> Files);
