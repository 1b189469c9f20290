using System.Security.Cryptography;

namespace NNTileLogger.Ingest.EventFiles;

/// <summary>
/// Gives every name of a session a folder of its own. Two names never share one: where a folder is taken (names that
/// differ only in broken bytes look alike), the later name's gets a hash. Used under the lock of the
/// <see cref="RunSet"/>.
/// </summary>
internal sealed class RunFolders
{
    private readonly int _longest;
    private readonly Dictionary<string, byte[]> _nameOf = new(StringComparer.Ordinal);
    private readonly HashSet<string> _taken = new(StringComparer.Ordinal);
    private readonly Dictionary<byte[], string> _known = new(ByteSpanComparer.Instance);

    /// <param name="longest">The most bytes a folder's path may take.</param>
    /// <param name="known">Unusual names of the session from before a restart.</param>
    public RunFolders(int longest, IEnumerable<UnusualName> known)
    {
        _longest = longest;
        foreach (var (folder, name) in known)
        {
            _nameOf[folder] = name;
            _known[name] = folder;
        }
    }

    /// <summary>Names whose folder does not tell them: kept in session.json.</summary>
    public IEnumerable<UnusualName> Unusual => _known.Select(pair => new UnusualName(pair.Value, pair.Key));

    /// <summary>True where a name that has come has this folder.</summary>
    public bool IsTaken(string folder) => _taken.Contains(folder);

    /// <summary>The folder of a name.</summary>
    /// <param name="name">The name's bytes as the client gave them.</param>
    /// <param name="isNewUnusual">True where <see cref="Unusual"/> has grown.</param>
    public string FolderFor(byte[] name, out bool isNewUnusual)
    {
        var folder = Find(name, out isNewUnusual);
        _taken.Add(folder);
        return folder;
    }

    private string Find(byte[] name, out bool isNewUnusual)
    {
        isNewUnusual = false;
        if (_known.TryGetValue(name, out var known))
        {
            return known;
        }

        var text = NameText.Decode(name);
        var folder = RunFolder.Escape(text);
        var unusual = text.Contains(NameText.Replacement, StringComparison.Ordinal);
        if (!RunFolder.Fits(folder, _longest))
        {
            folder = RunFolder.Shorten(folder, Hash(name), _longest);
            unusual = true;
        }

        for (var attempt = 0; _nameOf.TryGetValue(folder, out var other) && !other.AsSpan().SequenceEqual(name); attempt++)
        {
            folder = RunFolder.Shorten(RunFolder.Escape(text), Hash([.. name, .. BitConverter.GetBytes(attempt)]), _longest);
            unusual = true;
        }

        _nameOf[folder] = name;
        if (unusual)
        {
            _known[name] = folder;
            isNewUnusual = true;
        }

        return folder;
    }

    private static string Hash(ReadOnlySpan<byte> name) => Convert.ToHexStringLower(SHA256.HashData(name).AsSpan(0, 8));
}

/// <summary>A name that its folder does not tell.</summary>
/// <param name="Folder">The folder below the session's directory.</param>
/// <param name="Name">The name's bytes as the client gave them.</param>
internal readonly record struct UnusualName(string Folder, byte[] Name);
