namespace NNTileLogger.Ingest.History;

/// <summary>The entries of a <see cref="Catalog"/> by plugin, then tag, then run. Under its lock.</summary>
internal sealed class PluginIndex
{
    private readonly Dictionary<PluginKey, Dictionary<string, Dictionary<string, CatalogEntry>>> _plugins = [];

    /// <summary>The plugins that have something.</summary>
    public List<string> Names() =>
        [.. _plugins.Where(plugin => plugin.Value.Count > 0).Select(plugin => plugin.Key.Plugin).Distinct(StringComparer.Ordinal)];

    /// <summary>The entries of a plugin.</summary>
    /// <param name="plugin">The plugin.</param>
    /// <param name="runs">Only of these runs; null for all.</param>
    /// <param name="tags">Only of these tags; null for all.</param>
    public List<CatalogEntry> Find(PluginKey plugin, IReadOnlySet<string>? runs, IReadOnlySet<string>? tags)
    {
        var found = new List<CatalogEntry>();
        if (_plugins.TryGetValue(plugin, out var byTag))
        {
            foreach (var tag in (IEnumerable<string>?)tags ?? byTag.Keys)
            {
                if (byTag.TryGetValue(tag, out var byRun))
                {
                    Add(byRun, runs, found);
                }
            }
        }

        return found;
    }

    /// <summary>Puts an entry where it belongs.</summary>
    /// <param name="entry">The entry.</param>
    /// <param name="before">What it was; null where it is new.</param>
    /// <param name="after">What it is; null where nothing is left of it.</param>
    public void Move(CatalogEntry entry, SeriesInfo? before, SeriesInfo? after)
    {
        var (left, entered) = (KeyOf(before), KeyOf(after));
        if (left == entered)
        {
            return;
        }

        if (left is { } old && _plugins[old] is var tags && tags[entry.Tag] is var runs)
        {
            runs.Remove(entry.Run);
            if (runs.Count == 0)
            {
                tags.Remove(entry.Tag);
            }
        }

        if (entered is { } key)
        {
            Enter(key, entry);
        }
    }

    private void Enter(PluginKey key, CatalogEntry entry)
    {
        if (!_plugins.TryGetValue(key, out var byTag))
        {
            _plugins[key] = byTag = new Dictionary<string, Dictionary<string, CatalogEntry>>(StringComparer.Ordinal);
        }

        if (!byTag.TryGetValue(entry.Tag, out var byRun))
        {
            byTag[entry.Tag] = byRun = new Dictionary<string, CatalogEntry>(StringComparer.Ordinal);
        }

        byRun[entry.Run] = entry;
    }

    // Whichever are fewer are looked through.
    private static void Add(Dictionary<string, CatalogEntry> byRun, IReadOnlySet<string>? runs, List<CatalogEntry> found)
    {
        if (runs is null || runs.Count > byRun.Count)
        {
            found.AddRange(runs is null ? byRun.Values : byRun.Values.Where(entry => runs.Contains(entry.Run)));
            return;
        }

        foreach (var run in runs)
        {
            if (byRun.TryGetValue(run, out var entry))
            {
                found.Add(entry);
            }
        }
    }

    private static PluginKey? KeyOf(SeriesInfo? info) => info is null ? null : new PluginKey(info.Class, info.Plugin);
}

/// <summary>What series are asked for by.</summary>
/// <param name="Class">How their values are kept.</param>
/// <param name="Plugin">Who shows them.</param>
internal readonly record struct PluginKey(SeriesClass Class, string Plugin);
