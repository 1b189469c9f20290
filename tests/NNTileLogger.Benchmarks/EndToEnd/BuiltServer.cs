using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.RegularExpressions;

namespace NNTileLogger.Benchmarks.EndToEnd;

/// <summary>The service as it was built or published; at its end it must have written every point that was sent.</summary>
internal partial class BuiltServer : MeasuredServer
{
    private const int Terminate = 15;
    private const string WroteLate = "was removed, moved or cut while it was written";
    private static readonly TimeSpan _readyLimit = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan _stopLimit = TimeSpan.FromSeconds(30);

    /// <param name="path">An executable or a .dll.</param>
    /// <param name="variables">More variables than those for its folder and ports, each as NAME=value.</param>
    public BuiltServer(string path, params ReadOnlySpan<string> variables)
        : base((_, _) => Command(path))
    {
        SetVariables(
            Process.StartInfo,
            [$"LOG_DIR={Folder.Path}", $"SERVER_PORT={Port}", "HTTP_PORT=0", "DATA_PROVIDER_PORT=0", "CLEAR_LOGS=0", .. variables]);
    }

    /// <summary>The Release build beside this program's own output.</summary>
    public static string DefaultPath { get; } = Path.GetFullPath(
        Path.Combine(AppContext.BaseDirectory, "..", "..", "NNTileLogger.Ingest", "release", "NNTileLogger.Ingest.dll"));

    /// <summary>The port of its live page, which it says when it is ready.</summary>
    /// <exception cref="RunFailedException">It does not say it.</exception>
    public async Task<int> HttpPortAsync() =>
        int.Parse(await SaidAsync(HttpPattern(), "port", "where its live page is"), CultureInfo.InvariantCulture);

    /// <summary>The address TensorBoard reads from.</summary>
    /// <exception cref="RunFailedException">It does not say it.</exception>
    public Task<string> FeedAsync() => SaidAsync(FeedPattern(), "address", "where TensorBoard reads from");

    /// <summary>Stops the service and compares its sums with what it was sent.</summary>
    /// <exception cref="RunFailedException">It did not end well, or points are missing.</exception>
    public override Task StopAsync() => StopAsync(PointsSent, PointsSent);

    /// <summary>The same where some clients were lost with what was on its way.</summary>
    /// <param name="least">Points that must have been made and written.</param>
    /// <param name="most">Points that may have been.</param>
    public async Task StopAsync(long least, long most)
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
        var made = sums.Success ? Sum(sums, "made") : -1;
        if (made < least || made > most || Sum(sums, "written") != made)
        {
            throw new RunFailedException($"The server was sent {least} points (at most {most}) and did not write them all. It said:\n{Output}");
        }

        // Sessions are removed only when their connections are closed.
        if (Output.Contains(WroteLate, StringComparison.Ordinal))
        {
            await Console.Error.WriteLineAsync("The server still wrote points after it had closed their connection: its wall times are too short.");
        }
    }

    /// <summary>Sets the service's variables, and none that this program was given.</summary>
    public static void SetVariables(ProcessStartInfo start, params ReadOnlySpan<string> variables)
    {
        // What a surrounding program sets for a service of its own must not reach this one.
        foreach (var name in start.Environment.Keys.Where(IsOfAService).ToList())
        {
            start.Environment.Remove(name);
        }

        foreach (var variable in variables)
        {
            var parts = variable.Split('=', 2);
            start.Environment[parts[0]] = parts[1];
        }
    }

    protected override void RemoveWritten()
    {
        var inSessions = new EnumerationOptions { RecurseSubdirectories = true, MaxRecursionDepth = 1 };
        foreach (var session in Directory.EnumerateFiles(Folder.Path, "session.json", inSessions).ToList())
        {
            TempFolder.Remove(Path.GetDirectoryName(session)!);
        }
    }

    /// <summary>What starts a server that was built or published.</summary>
    /// <exception cref="RunFailedException">It is not there.</exception>
    public static string[] Command(string path)
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
        || name.StartsWith("DATA_PROVIDER_", StringComparison.Ordinal)
        || name is "DOTNET_ENVIRONMENT" or "DOTNET_LAUNCH_PROFILE" or "HTTP_HOST" or "SPLIT_HOURS" or "LINE_BUFFER_MB" or "BUFFER_MB" or "ALLOWED_CLIENTS";

    private static long Sum(Match sums, string name) => long.Parse(sums.Groups[name].Value, CultureInfo.InvariantCulture);

    private async Task<string> SaidAsync(Regex pattern, string group, string what)
    {
        for (var clock = Stopwatch.StartNew(); clock.Elapsed < _readyLimit; await Task.Delay(1))
        {
            if (pattern.Match(Output) is { Success: true } ready)
            {
                return ready.Groups[group].Value;
            }
        }

        throw new RunFailedException($"The server does not say {what}. It said:\n{Output}");
    }

    [GeneratedRegex(@"Stopped:.* points made (?<made>\d+) = written (?<written>\d+) ")]
    private static partial Regex SumsPattern();

    [GeneratedRegex(@"live page on http://localhost:(?<port>\d+)/")]
    private static partial Regex HttpPattern();

    [GeneratedRegex(@"--grpc_data_provider=(?<address>\S+?)\.\s")]
    private static partial Regex FeedPattern();

    [DllImport("libc", EntryPoint = "kill")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int SendSignal(int process, int signal);
}
