using System.Text;
using NNTileLogger.Ingest.EventFiles;
using NNTileLogger.Ingest.Points;

namespace NNTileLogger.Ingest.History;

/// <summary>A series that a session at hand adds to; its points are read inside <see cref="RunSet.Look"/>.</summary>
/// <param name="session">Its session.</param>
/// <param name="run">The run, as TensorBoard names it.</param>
/// <param name="writer">Where its points come in.</param>
internal sealed class LiveSeries(MirroredSession session, string run, SeriesWriter writer)
{
    public MirroredSession Session { get; } = session;

    public string Run { get; } = run;

    /// <summary>The run's folder below its session's.</summary>
    public string Folder => writer.Run.Folder;

    public string Tag { get; } = Encoding.UTF8.GetString(writer.Tag);

    /// <summary>The step of its first point in memory; event files of before a restart have those before.</summary>
    public long FirstStep => writer.FirstStep;

    /// <summary>Points in memory, of those that are thinned out too. A moment's number.</summary>
    public long Count => writer.Count;

    /// <summary>What is kept of it.</summary>
    public KeptPoints Kept => writer.Kept;
}
