using NNTileLogger.Ingest.EventFiles;
using NNTileLogger.Ingest.History;
using NNTileLogger.Ingest.Sessions;
using NNTileLogger.ServiceDefaults;

namespace NNTileLogger.Ingest.DataProvider;

/// <summary>
/// Says about each session what its curves do not: a text, the records by which the HParams page compares trainings, and,
/// once for all of them, what that page shows and which charts the Custom Scalars page has. Nothing of it is in a file.
/// Follows the looks of the <see cref="HistoryLoader"/>, on its thread.
/// </summary>
internal sealed partial class SessionNotes
{
    private const string TextTag = "session";
    private const string ExperimentTag = "_hparams_/experiment";
    private const string StartTag = "_hparams_/session_start_info";
    private const string EndTag = "_hparams_/session_end_info";
    private const string LayoutTag = "custom_scalars__config__";

    private static readonly TimeSpan _logPause = TimeSpan.FromMinutes(1);

    private static readonly SeriesInfo _layout = SeriesInfo.OfTensors(SeriesInfo.CustomScalars, []);

    private readonly LogDirectory _root;
    private readonly Catalog _catalog;
    private readonly ILogger<SessionNotes> _logger;
    private readonly LogPause _notListed;
    private readonly Dictionary<string, KnownSession> _known = new(StringComparer.Ordinal);
    private string? _newest;
    private bool _othersCompare;

    public SessionNotes(LogDirectory root, Catalog catalog, HistoryLoader loader, TimeProvider time, ILogger<SessionNotes> logger)
    {
        _root = root;
        _catalog = catalog;
        _logger = logger;
        _notListed = new LogPause(time, _logPause);
        loader.Looked += Refresh;
    }

    private void Refresh(IReadOnlyDictionary<string, Session> atHand)
    {
        var found = Found(atHand);
        var changed = false;
        foreach (var gone in _known.Keys.Except(found.Keys, StringComparer.Ordinal).ToList())
        {
            _known.Remove(gone);
            Say(gone, text: null, start: null, end: null);
            changed = true;
        }

        foreach (var (id, (record, written)) in found)
        {
            var size = _catalog.SizeOf(id);
            if (_known.TryGetValue(id, out var known) && known.Size == size && known.Facts.Tell(record))
            {
                continue;
            }

            var facts = SessionFacts.Of(id, record, _catalog);
            _known[id] = new KnownSession(facts, written, size);
            Say(id, facts.TextNote(), facts.StartNote(), facts.EndNote());
            changed = true;
        }

        var othersCompare = _catalog.Find(SeriesClass.Tensor, SeriesInfo.HParams).Exists(entry => entry.File is not null);
        if (changed || othersCompare != _othersCompare)
        {
            _othersCompare = othersCompare;
            SayForAll();
        }
    }

    // What holds for all sessions is said in the newest one's run.
    private void SayForAll()
    {
        if (_newest is not null)
        {
            Forget(_newest, ExperimentTag);
            Forget(_newest, LayoutTag);
        }

        var newestFirst = _known.Values.Select(known => known.Facts).OrderByDescending(facts => facts.Record.Start).ToList();
        _newest = newestFirst.FirstOrDefault()?.Id;
        if (_newest is null)
        {
            return;
        }

        var began = newestFirst[0].Record.Start.ToWallTime();
        Tell(_newest, LayoutTag, new Note(_layout, began, ChartLayout.Of(newestFirst)));
        if (!_othersCompare)
        {
            // TensorBoard takes the first experiment it finds: a user's own trainings would lose their columns.
            Tell(_newest, ExperimentTag, new Note(SeriesInfo.OfTensors(SeriesInfo.HParams, Comparison.Of(newestFirst)), began, null));
        }
    }

    private Dictionary<string, (SessionRecord Record, DateTime Written)> Found(IReadOnlyDictionary<string, Session> atHand)
    {
        var found = new Dictionary<string, (SessionRecord, DateTime)>(StringComparer.Ordinal);
        try
        {
            foreach (var directory in _root.Sessions())
            {
                var id = Path.GetFileName(directory);
                if (atHand.TryGetValue(id, out var session))
                {
                    found[id] = (session.Record(), default);
                }
                else if (Past(id, directory) is { } past)
                {
                    found[id] = past;
                }
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            if (_notListed.IsOver(out _))
            {
                LogNotListed(_logger, LogText.Escape(_root.Path), LogText.Escape(e.Message));
            }
        }

        return found;
    }

    private (SessionRecord Record, DateTime Written)? Past(string id, string directory)
    {
        try
        {
            var written = File.GetLastWriteTimeUtc(Path.Combine(directory, LogDirectory.SessionFile));
            var record = _known.TryGetValue(id, out var known) && known.Written == written ? known.Facts.Record : SessionRecord.Load(directory);
            return record is null ? null : (record, written);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Being removed, or closed to us: it is a folder of runs like any other.
            return null;
        }
    }

    private void Say(string id, Note? text, Note? start, Note? end)
    {
        Tell(id, TextTag, text);
        Tell(id, StartTag, start);
        Tell(id, EndTag, end);
    }

    private void Tell(string run, string tag, Note? note) => _catalog.Say(run, tag, note);

    private void Forget(string run, string tag) => _catalog.Say(run, tag, null);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Cannot list the sessions in {Path} for TensorBoard: {Reason}.")]
    private static partial void LogNotListed(ILogger logger, string path, string reason);

    private sealed record KnownSession(SessionFacts Facts, DateTime Written, int Size);
}
