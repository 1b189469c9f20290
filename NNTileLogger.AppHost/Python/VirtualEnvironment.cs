using System.Security.Cryptography;
using System.Text;

namespace NNTileLogger.AppHost.Python;

/// <summary>
/// A virtual environment's folder and the marker that says it is whole. The marker is written last, after pip:
/// a folder without it was left half-made and is made anew. It names the requirements and the interpreter,
/// so that a change of either makes the environment anew as well.
/// </summary>
internal sealed class VirtualEnvironment(string path)
{
    private const string MarkerName = "ready.sha256";

    public string Path { get; } = path;

    public string Interpreter { get; } = OperatingSystem.IsWindows()
        ? System.IO.Path.Combine(path, "Scripts", "python.exe")
        : System.IO.Path.Combine(path, "bin", "python");

    private string Marker => System.IO.Path.Combine(Path, MarkerName);

    /// <summary>Whether the environment is whole and made from <paramref name="requirements"/>.</summary>
    /// <param name="requirements">The text of requirements.txt.</param>
    public bool IsReady(string requirements)
        => File.Exists(Marker) && Fingerprint(requirements) is { } expected && File.ReadAllText(Marker) == expected;

    /// <summary>Declares the environment whole; called when pip has ended well.</summary>
    /// <param name="requirements">The text that pip was given.</param>
    public void MarkReady(string requirements)
    {
        if (Fingerprint(requirements) is { } fingerprint)
        {
            var unfinished = Marker + ".new";
            File.WriteAllText(unfinished, fingerprint);
            File.Move(unfinished, Marker, overwrite: true);
        }
    }

    // The interpreter behind the environment's link, and the version it had when the environment was made:
    // both are in files, so that an unchanged start runs no Python at all.
    private string? Fingerprint(string requirements)
    {
        var settings = System.IO.Path.Combine(Path, "pyvenv.cfg");
        if (!File.Exists(settings) || !File.Exists(Interpreter))
        {
            return null;
        }

        var interpreter = File.ResolveLinkTarget(Interpreter, returnFinalTarget: true)?.FullName ?? Interpreter;
        if (!File.Exists(interpreter))
        {
            return null;
        }

        var version = File.ReadLines(settings).FirstOrDefault(line => line.StartsWith("version", StringComparison.Ordinal));
        var text = string.Join('\n', requirements, interpreter, version);
        return Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(text)));
    }
}
