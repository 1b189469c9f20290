using System.Globalization;
using Microsoft.Extensions.Configuration;

namespace NNTileLogger.AppHost;

/// <summary>
/// Turns the text of single variables into values for <see cref="AppHostOptions.Read"/>, and collects what is wrong with them.
/// An empty variable counts as not set.
/// </summary>
internal sealed class VariableReader(IConfiguration configuration, string workingDirectory)
{
    private readonly List<string> _errors = [];
    private readonly Dictionary<int, string> _ports = [];

    public IReadOnlyList<string> Errors => _errors;

    /// <summary>A port; 0 becomes null, any free one. A port taken by an earlier variable is an error.</summary>
    public int? Port(string name, int? fallback)
    {
        var port = fallback;
        if (Text(name) is { } text)
        {
            if (!int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var value) || value > 65535)
            {
                Wrong(name, text, "a port is a whole number from 1 to 65535, or 0 for any free one");
                return fallback;
            }

            port = value == 0 ? null : value;
        }

        if (port is { } taken && !_ports.TryAdd(taken, name))
        {
            Wrong(name, port.Value.ToString(CultureInfo.InvariantCulture), $"{_ports[taken]} is the same port; give each its own");
        }

        return port;
    }

    public int Count(string name, int fallback)
    {
        const int Limit = 1_000_000_000;
        if (Text(name) is not { } text)
        {
            return fallback;
        }

        if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var value) && value <= Limit)
        {
            return value;
        }

        Wrong(name, text, "it is a whole number from 1 to 1000000000, or 0 for all");
        return fallback;
    }

    public bool Switch(string name, bool fallback)
    {
        switch (Text(name))
        {
            case null:
                return fallback;
            case "1":
                return true;
            case "0":
                return false;
            case var text:
                Wrong(name, text, "it is 1 (yes) or 0 (no)");
                return fallback;
        }
    }

    /// <summary>The absolute path of a folder, which need not exist yet.</summary>
    public string Directory(string name, string fallback)
    {
        var text = Text(name) ?? fallback;
        var path = Path.GetFullPath(text, workingDirectory);
        if (File.Exists(path))
        {
            Wrong(name, text, $"{path} is a file; name a folder");
        }

        return path;
    }

    /// <summary>A program: a path, or a bare name to be found in PATH.</summary>
    public string? Program(string name)
    {
        if (Text(name) is not { } text)
        {
            return null;
        }

        var isBareName = Path.GetFileName(text) == text;
        var folders = isBareName ? (configuration["PATH"] ?? "").Split(Path.PathSeparator) : [workingDirectory];
        foreach (var folder in folders)
        {
            var path = Path.GetFullPath(text, Path.GetFullPath(folder, workingDirectory));
            if (File.Exists(path))
            {
                return path;
            }
        }

        Wrong(name, text, isBareName
            ? "no folder of PATH has such a program; give the path of a Python that has TensorBoard"
            : $"there is no file {Path.GetFullPath(text, workingDirectory)}; give the path of a Python that has TensorBoard");
        return null;
    }

    /// <summary>HTTPS needs the proxy, which only says so until it is there.</summary>
    public void RejectTls()
    {
        foreach (var name in (string[])["TLS_CERT_FILE", "TLS_KEY_FILE"])
        {
            if (Text(name) is { } text)
            {
                Wrong(name, text, "HTTPS is not there yet in this version; unset it and use http");
            }
        }
    }

    public IReadOnlyDictionary<string, string> Set(IEnumerable<string> names)
    {
        var values = new Dictionary<string, string>();
        foreach (var name in names)
        {
            if (Text(name) is { } text)
            {
                values[name] = text;
            }
        }

        return values;
    }

    private string? Text(string name) => configuration[name] is { Length: > 0 } text ? text : null;

    private void Wrong(string name, string value, string what) => _errors.Add($"{name}={value}: {what}.");
}
