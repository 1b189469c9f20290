namespace NNTileLogger.Ingest.History;

/// <summary>
/// Every series there is, by plugin, then tag, then run, and by run: what one tag has in ten thousand runs is found
/// without looking at the others. Any thread; nothing is read from files or sessions under its lock.
/// </summary>
internal sealed class Catalog
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, CatalogRun> _runs = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int> _sizes = new(StringComparer.Ordinal);
    private readonly Dictionary<string, HashSet<string>> _tops = new(StringComparer.Ordinal);
    private readonly PluginIndex _plugins = new();

    /// <summary>The first part of a run's name: the session, where it is one of ours.</summary>
    public static string TopOf(string run) => run.IndexOf('/', StringComparison.Ordinal) is > 0 and var end ? run[..end] : run;

    /// <summary>The plugins that have something to show.</summary>
    public List<string> Plugins()
    {
        lock (_gate)
        {
            return _plugins.Names();
        }
    }

    /// <summary>The runs and when they began, in that order.</summary>
    public List<(string Name, double Start)> Runs()
    {
        lock (_gate)
        {
            return [.. _runs.Where(run => run.Value.Start is not null)
                .Select(run => (run.Key, run.Value.Start!.Value))
                .OrderBy(run => run.Value).ThenBy(run => run.Key, StringComparer.Ordinal)];
        }
    }

    /// <summary>How many series are below a directory of LOG_DIR; notes are none.</summary>
    public int SizeOf(string top)
    {
        lock (_gate)
        {
            return _sizes.GetValueOrDefault(top);
        }
    }

    /// <summary>The series in the runs below a directory of LOG_DIR that are numbers.</summary>
    public List<(string Run, string Tag)> SeriesBelow(string top)
    {
        lock (_gate)
        {
            return [.. _tops.GetValueOrDefault(top, []).Where(run => run.Length > top.Length)
                .SelectMany(run => _runs[run].Entries.Values)
                .Where(entry => entry.IsSeries && entry.Info?.Class == SeriesClass.Scalar)
                .Select(entry => (entry.Run, entry.Tag))];
        }
    }

    /// <summary>The entries of a plugin.</summary>
    /// <param name="kind">How they are asked for.</param>
    /// <param name="plugin">The plugin.</param>
    /// <param name="runs">Only these runs; null for all.</param>
    /// <param name="tags">Only these tags; null for all.</param>
    public List<CatalogEntry> Find(SeriesClass kind, string plugin, IReadOnlySet<string>? runs = null, IReadOnlySet<string>? tags = null)
    {
        lock (_gate)
        {
            return tags is null && runs is not null
                ? [.. runs.SelectMany(run => _runs.GetValueOrDefault(run)?.Entries.Values ?? Enumerable.Empty<CatalogEntry>())
                    .Where(entry => entry.Info is { } info && info.Class == kind && info.Plugin == plugin)]
                : _plugins.Find(new PluginKey(kind, plugin), runs, tags);
        }
    }

    /// <summary>The entry of one run and tag; null where there is none.</summary>
    public CatalogEntry? Find(string run, string tag)
    {
        lock (_gate)
        {
            return _runs.GetValueOrDefault(run)?.Entries.GetValueOrDefault(tag);
        }
    }

    /// <summary>Shows a run of files, with the series it has and those it will be found to have.</summary>
    /// <param name="run">The run.</param>
    /// <param name="before">What it takes the place of.</param>
    public void Show(HistoryRun run, HistoryRun? before = null)
    {
        lock (run.Gate)
        {
            lock (_gate)
            {
                Hide(before);
                RunOf(run.Name).Files = run;
                foreach (var series in run.Series.Where(series => series.Info.Class != SeriesClass.None))
                {
                    Set(run.Name, series.Tag, entry => entry.File = series);
                }
            }

            run.Found = Add;
        }
    }

    /// <summary>Takes a run of files away.</summary>
    public void Remove(HistoryRun run)
    {
        lock (_gate)
        {
            Hide(run);
        }
    }

    /// <summary>Shows a series that is coming in.</summary>
    /// <param name="series">The series.</param>
    /// <param name="start">When its first point came.</param>
    public void Show(LiveSeries series, double start)
    {
        lock (_gate)
        {
            var run = RunOf(series.Run);
            run.Began = Math.Min(run.Began, start);
            Set(series.Run, series.Tag, entry => entry.Live = series);
        }
    }

    /// <summary>Takes a series that came in away: its files have it.</summary>
    public void Remove(LiveSeries series)
    {
        lock (_gate)
        {
            if (_runs.GetValueOrDefault(series.Run)?.Entries.GetValueOrDefault(series.Tag)?.Live == series)
            {
                Set(series.Run, series.Tag, entry => entry.Live = null);
            }
        }
    }

    /// <summary>Says something about a run, or, with null, no more.</summary>
    public void Say(string run, string tag, Note? note)
    {
        lock (_gate)
        {
            if (note is not null)
            {
                var known = RunOf(run);
                known.Began = Math.Min(known.Began, note.WallTime);
            }
            else if (!_runs.ContainsKey(run))
            {
                return;
            }

            Set(run, tag, entry => entry.Note = note);
        }
    }

    private void Add(FileSeries series)
    {
        lock (_gate)
        {
            Set(series.Run.Name, series.Tag, entry => entry.File = series);
        }
    }

    private void Hide(HistoryRun? run)
    {
        if (run is null || _runs.GetValueOrDefault(run.Name) is not { } known || known.Files != run)
        {
            return;
        }

        known.Files = null;
        foreach (var tag in known.Entries.Where(entry => entry.Value.File is not null).Select(entry => entry.Key).ToList())
        {
            Set(run.Name, tag, entry => entry.File = null);
        }

        Forget(run.Name, known);
    }

    private CatalogRun RunOf(string name)
    {
        if (!_runs.TryGetValue(name, out var run))
        {
            _runs[name] = run = new CatalogRun();
            var top = TopOf(name);
            if (!_tops.TryGetValue(top, out var below))
            {
                _tops[top] = below = new HashSet<string>(StringComparer.Ordinal);
            }

            below.Add(name);
        }

        return run;
    }

    // Changes where an entry's values are, and puts it where it then belongs.
    private void Set(string runName, string tag, Action<CatalogEntry> change)
    {
        var run = RunOf(runName);
        if (!run.Entries.TryGetValue(tag, out var entry))
        {
            run.Entries[tag] = entry = new CatalogEntry(runName, tag);
        }

        var (before, wasSeries) = (entry.Info, entry.IsSeries);
        change(entry);
        var after = entry.Info;
        if (entry.IsSeries != wasSeries)
        {
            Count(runName, wasSeries ? -1 : 1);
        }

        _plugins.Move(entry, before, after);
        if (after is null)
        {
            run.Entries.Remove(tag);
            Forget(runName, run);
        }
    }

    private void Forget(string name, CatalogRun run)
    {
        if (run.Files is null && run.Entries.Count == 0 && _runs.Remove(name))
        {
            var top = TopOf(name);
            _tops[top].Remove(name);
            if (_tops[top].Count == 0)
            {
                _tops.Remove(top);
            }
        }
    }

    private void Count(string run, int change)
    {
        var top = TopOf(run);
        var size = _sizes.GetValueOrDefault(top) + change;
        if (size == 0)
        {
            _sizes.Remove(top);
        }
        else
        {
            _sizes[top] = size;
        }
    }
}
