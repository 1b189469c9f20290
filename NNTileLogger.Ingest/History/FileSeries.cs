using System.Text;
using NNTileLogger.Ingest.Points;

namespace NNTileLogger.Ingest.History;

/// <summary>
/// One tag of one run as its event files have it. A value with a step that has been passed already takes away all values
/// from that step on: a training that began again at a checkpoint draws its curve anew. Under the lock of its run.
/// </summary>
internal abstract class FileSeries(HistoryRun run, byte[] tag, SeriesInfo info)
{
    public HistoryRun Run { get; } = run;

    public string Tag { get; } = Encoding.UTF8.GetString(tag);

    public ReadOnlySpan<byte> TagBytes => tag;

    public SeriesInfo Info { get; } = info;

    /// <summary>The series whose value came behind this one's the last time: most files take turns among their tags.</summary>
    public FileSeries? Follower { get; set; }

    /// <summary>Values there are, of those that are thinned out too.</summary>
    public abstract long Count { get; }

    /// <summary>The step and the latest wall time of its values; null where it has none.</summary>
    public abstract (long Step, double WallTime)? Last { get; }

    /// <summary>Makes the series that begins with a value.</summary>
    public static FileSeries Begin(HistoryRun run, ReadOnlySpan<byte> tag, SeriesInfo info, PointMemory memory) => info.Class switch
    {
        SeriesClass.Scalar => new ScalarSeries(run, tag.ToArray(), info, memory),
        SeriesClass.None => new HiddenSeries(run, tag.ToArray(), info),
        _ => new PlaceSeries(run, tag.ToArray(), info, memory),
    };

    /// <summary>Takes in a value.</summary>
    /// <param name="place">Where it stands.</param>
    /// <param name="value">The value.</param>
    public abstract void Add(in Place place, in ValueView value);

    /// <summary>Gives the memory of its points back.</summary>
    public abstract void Clear();

    /// <summary>Makes do with less memory, at the price of coarser points.</summary>
    /// <param name="most">Points it may have room for.</param>
    public abstract void ShrinkTo(int most);
}

/// <summary>A series of numbers: its points are kept themselves.</summary>
internal sealed class ScalarSeries(HistoryRun run, byte[] tag, SeriesInfo info, PointMemory memory) : FileSeries(run, tag, info)
{
    private double _latest = double.NegativeInfinity;

    public KeptPoints Kept { get; } = new(memory, KeptPoints.MostOfFiles);

    public override long Count => Kept.Count;

    public override (long Step, double WallTime)? Last => Kept.Last is { } last ? (last.Step, _latest) : null;

    public override void Add(in Place place, in ValueView value)
    {
        if (value.Kind == PayloadKind.Simple)
        {
            Add(place, value.Simple);
        }
        else if (value.Kind == PayloadKind.Tensor && TensorView.TryRead(value.Payload, out var tensor) && tensor.TryGetFloat(out var single))
        {
            Add(place, single);
        }
        else
        {
            // No number: what it takes the place of is gone all the same.
            Kept.EraseFrom(place.Step);
        }
    }

    public override void Clear() => Kept.Clear();

    public override void ShrinkTo(int most) => Kept.ShrinkTo(most);

    private void Add(in Place place, float value)
    {
        if (Kept.EraseFrom(place.Step))
        {
            _latest = Kept.Last?.WallTime ?? double.NegativeInfinity;
        }

        _latest = Math.Max(_latest, place.WallTime);
        Kept.Add(place.Step, value, place.WallTime);
    }
}

/// <summary>A series that nobody can show; its tag is taken.</summary>
internal sealed class HiddenSeries(HistoryRun run, byte[] tag, SeriesInfo info) : FileSeries(run, tag, info)
{
    public override long Count => 0;

    public override (long Step, double WallTime)? Last => null;

    public override void Add(in Place place, in ValueView value)
    {
    }

    public override void Clear()
    {
    }

    public override void ShrinkTo(int most)
    {
    }
}
