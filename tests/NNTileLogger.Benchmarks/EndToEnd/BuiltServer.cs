using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.RegularExpressions;

namespace NNTileLogger.Benchmarks.EndToEnd;

/// <summary>The service as it was built or published; at its end it must have written every point that was sent.</summary>
internal sealed partial class BuiltServer : MeasuredServer
{
    private const int Terminate = 15;
    private static readonly TimeSpan _stopLimit = TimeSpan.FromSeconds(30);

    /// <param name="path">An executable or a .dll.</param>
    /// <param name="variables">More variables than those for its folder and ports, each as NAME=value.</param>
    public BuiltServer(string path, params ReadOnlySpan<string> variables)
        : base((_, _) => Command(path))
    {
        // What a surrounding program sets for a service of its own must not reach this one.
        var environment = Process.StartInfo.Environment;
        foreach (var name in environment.Keys.Where(IsOfAService).ToList())
        {
            environment.Remove(name);
        }

        foreach (var variable in (string[])[$"LOG_DIR={Folder.Path}", $"SERVER_PORT={Port}", "HTTP_PORT=0", "CLEAR_LOGS=0", .. variables])
        {
            var parts = variable.Split('=', 2);
            environment[parts[0]] = parts[1];
        }
    }

    /// <summary>The Release build beside this program's own output.</summary>
    public static string DefaultPath { get; } = Path.GetFullPath(
        Path.Combine(AppContext.BaseDirectory, "..", "..", "NNTileLogger.Ingest", "release", "NNTileLogger.Ingest.dll"));

    /// <summary>Stops the service and compares its sums with what it was sent.</summary>
    /// <exception cref="RunFailedException">It did not end well, or points are missing.</exception>
    public override async Task StopAsync()
    {
        if (SendSignal(Process.Id, Terminate) != 0)
        {
            throw new RunFailedException("The server could not be told to stop.");
        }

        using var limit = new CancellationTokenSource(_stopLimit);
        try
        {
            await Process.WaitForExitAsync(limit.Token);
        }
        catch (OperationCanceledException)
        {
            throw new RunFailedException($"The server does not stop. It said:\n{Output}");
        }

        var sums = SumsPattern().Match(Output);
        if (!sums.Success || Sum(sums, "made") != PointsSent || Sum(sums, "written") != PointsSent)
        {
            throw new RunFailedException($"The server was sent {PointsSent} points and did not write them all. It said:\n{Output}");
        }
    }

    protected override void RemoveWritten()
    {
        foreach (var session in Directory.EnumerateFiles(Folder.Path, "session.json", new EnumerationOptions { RecurseSubdirectories = true, MaxRecursionDepth = 1 }))
        {
            Directory.Delete(Path.GetDirectoryName(session)!, recursive: true);
        }
    }

    private static string[] Command(string path)
    {
        if (!File.Exists(path))
        {
            throw new RunFailedException($"There is no server at {path}: build it with -c Release, or say with --server where it is.");
        }

        // The servers are started in folders of their own.
        path = Path.GetFullPath(path);
        return path.EndsWith(".dll", StringComparison.Ordinal)
            ? [Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet", path]
            : [path];
    }

    private static bool IsOfAService(string name) =>
        name.StartsWith("ASPNETCORE_", StringComparison.Ordinal)
        || name.StartsWith("OTEL_", StringComparison.Ordinal)
        || name.StartsWith("MAX_", StringComparison.Ordinal)
        || name is "DOTNET_ENVIRONMENT" or "DOTNET_LAUNCH_PROFILE" or "HTTP_HOST" or "SPLIT_HOURS" or "LINE_BUFFER_MB" or "BUFFER_MB" or "ALLOWED_CLIENTS";

    private static long Sum(Match sums, string name) => long.Parse(sums.Groups[name].Value, CultureInfo.InvariantCulture);

    [GeneratedRegex(@"Stopped:.* points made (?<made>\d+) = written (?<written>\d+) ")]
    private static partial Regex SumsPattern();

    [DllImport("libc", EntryPoint = "kill")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int SendSignal(int process, int signal);
}
