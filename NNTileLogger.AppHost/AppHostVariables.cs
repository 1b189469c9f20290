using System.Globalization;
using System.Net;
using Microsoft.Extensions.Configuration;
using NNTileLogger.ServiceDefaults;

namespace NNTileLogger.AppHost;

/// <summary>
/// Reads for <see cref="AppHostOptions.Read"/> what only the AppHost asks of variables: folders and programs as seen
/// from where the user typed the command, and ports that no two resources share. Used once, at start.
/// </summary>
/// <param name="configuration">Environment variables, and arguments over them.</param>
/// <param name="workingDirectory">The folder that relative paths mean.</param>
internal sealed class AppHostVariables(IConfiguration configuration, string workingDirectory)
{
    private readonly VariableReader _reader = new(configuration);
    private readonly List<string> _errors = [];
    private readonly Dictionary<int, string> _ports = [];

    /// <summary>What is wrong, a sentence for each variable with its name and value.</summary>
    public IEnumerable<string> Errors => _reader.Errors.Concat(_errors);

    /// <summary>A port; 0 becomes null, any free one. A port that an earlier variable took is an error.</summary>
    public int? Port(string name, int? fallback)
    {
        var port = _reader.Port(name, fallback ?? 0);
        if (port != 0 && !_ports.TryAdd(port, name))
        {
            Refuse(name, port.ToString(CultureInfo.InvariantCulture), $"{_ports[port]} is the same port; give each its own");
        }

        return port == 0 ? null : port;
    }

    public int Count(string name, int fallback, int most)
        => (int)_reader.Whole(name, fallback, 0, most, $"a whole number from 1 to {most}, or 0 for all");

    public bool Flag(string name, bool fallback) => _reader.Flag(name, fallback);

    /// <summary>One of some words; the first where it is not set.</summary>
    public string Choice(string name, IReadOnlyList<string> words)
    {
        var text = _reader.Text(name, words[0]);
        if (words.Contains(text, StringComparer.Ordinal))
        {
            return text;
        }

        Refuse(name, text, $"wanted {string.Join(" or ", words)}; leave it unset for {words[0]}");
        return words[0];
    }

    /// <summary>The absolute path of a folder, which need not exist yet.</summary>
    public string Directory(string name, string fallback)
    {
        var text = _reader.Text(name, fallback);
        var path = Path.GetFullPath(text, workingDirectory);
        if (File.Exists(path))
        {
            Refuse(name, text, $"{path} is a file; name a folder");
        }

        return path;
    }

    /// <summary>The absolute path of a program, given as a path or as a bare name to be found in PATH.</summary>
    public string? Program(string name)
    {
        var text = _reader.Text(name, "");
        if (text.Length == 0)
        {
            return null;
        }

        var isBareName = Path.GetFileName(text) == text;
        var folders = isBareName ? _reader.Text("PATH", "").Split(Path.PathSeparator) : [workingDirectory];
        var path = folders
            .Select(folder => Path.GetFullPath(text, Path.GetFullPath(folder, workingDirectory)))
            .FirstOrDefault(File.Exists);
        if (path is null)
        {
            var missing = isBareName
                ? "no folder of PATH has such a program"
                : $"there is no file {Path.GetFullPath(text, workingDirectory)}";
            Refuse(name, text, missing + "; give the path of a Python that has TensorBoard");
        }

        return path;
    }

    /// <summary>The address to listen on; null where it is not set.</summary>
    public IPAddress? Address(string name) => _reader.Text(name, "").Length == 0 ? null : _reader.Address(name, IPAddress.Any);

    /// <summary>Those of <paramref name="names"/> that are set, as absolute paths of files. The service that reads them checks them.</summary>
    public IReadOnlyDictionary<string, string> Files(IEnumerable<string> names)
        => Set(names).ToDictionary(file => file.Key, file => Path.GetFullPath(file.Value, workingDirectory));

    /// <summary>An error for a variable that is set although another is not.</summary>
    public void Needs(string name, string other, string why)
    {
        if (_reader.Text(name, "") is { Length: > 0 } text && _reader.Text(other, "").Length == 0)
        {
            Refuse(name, text, why);
        }
    }

    /// <summary>Those of <paramref name="names"/> that are set.</summary>
    public IReadOnlyDictionary<string, string> Set(IEnumerable<string> names)
        => names.Select(name => KeyValuePair.Create(name, _reader.Text(name, "")))
            .Where(variable => variable.Value.Length > 0)
            .ToDictionary();

    private void Refuse(string name, string value, string what) => _errors.Add($"{name}={value}: {what}.");
}
