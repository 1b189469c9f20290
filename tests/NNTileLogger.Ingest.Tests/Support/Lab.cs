using System.Diagnostics;
using Xunit;

namespace NNTileLogger.Ingest.Tests.Support;

/// <summary>
/// The lab's scripts (load generator, load sender, oracle) and a Python that has TensorBoard for them; where the lab is not beside the
/// repository (or named by NNTILE_SHARED) the test is skipped. The virtual environment is made once and kept in the system's temporary folder.
/// </summary>
internal static class Lab
{
    private static readonly TimeSpan _limit = TimeSpan.FromMinutes(4);
    private static readonly Lazy<string?> _shared = new(FindShared);
    private static readonly Lazy<Task<string>> _tensorBoardPython = new(MakePythonAsync);

    /// <summary>Writes a load of gen.py and gives its path.</summary>
    public static async Task<string> GenerateAsync(string kind, int count, string folder)
    {
        var path = Path.Combine(folder, $"{kind}-{count}.ndjson");
        await RunAsync("python3", Script("gen.py"), kind, $"{count}", path);
        return path;
    }

    /// <summary>Sends load files over many connections; fails where one is lost.</summary>
    public static Task BlastAsync(int port, int connections, int repeats, params string[] files) =>
        RunAsync("python3", [Script("blast.py"), $"{port}", $"{connections}", $"{repeats}", .. files]);

    /// <summary>Holds the log directory against the files sent, by TensorBoard's own reader; fails with what differs.</summary>
    public static async Task AssertOracleAgreesAsync(params string[] arguments) =>
        await RunAsync(await _tensorBoardPython.Value, [Script("oracle.py"), .. arguments]);

    /// <summary>A Python that has TensorBoard.</summary>
    public static async Task<string> TensorBoardPythonAsync()
    {
        _ = Shared();
        return await _tensorBoardPython.Value;
    }

    /// <summary>What a script for that Python prints.</summary>
    public static async Task<string> PythonAsync(string script) => await RunAsync(await TensorBoardPythonAsync(), "-c", script);

    /// <summary>Event files that other people published; see the list in the folder.</summary>
    public static string Corpus => Path.Combine(Shared(), "corpus");

    private static string Script(string name) => Path.Combine(Shared(), "lab", name);

    private static string Shared()
    {
        Assert.SkipWhen(_shared.Value is null, "the lab (shared/lab beside the repository, or NNTILE_SHARED) is not there");
        return _shared.Value!;
    }

    private static string? FindShared()
    {
        var named = Environment.GetEnvironmentVariable("NNTILE_SHARED");
        if (!string.IsNullOrEmpty(named))
        {
            return named;
        }

        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            var shared = Path.Combine(folder.FullName, "shared");
            if (File.Exists(Path.Combine(shared, "lab", "oracle.py")))
            {
                return shared;
            }
        }

        return null;
    }

    private static async Task<string> MakePythonAsync()
    {
        if (Environment.GetEnvironmentVariable("TENSORBOARD_PYTHON") is { Length: > 0 } python)
        {
            return python;
        }

        var folder = Path.Combine(Path.GetTempPath(), "nntile-logger-tests-python");
        var made = Path.Combine(folder, "made");
        python = Path.Combine(folder, "bin", "python");
        if (!File.Exists(made))
        {
            await RunAsync("python3", "-m", "venv", "--clear", folder);
            await RunAsync(
                python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-index", "--find-links", Path.Combine(_shared.Value!, "wheels"), "tensorboard");
            await File.WriteAllTextAsync(made, "");
        }

        return python;
    }

    private static async Task<string> RunAsync(string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync();
        var errors = process.StandardError.ReadToEndAsync();
        using var limit = new CancellationTokenSource(_limit);
        try
        {
            await process.WaitForExitAsync(limit.Token);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            Assert.Fail($"{program} {string.Join(' ', arguments)} did not end within {_limit.TotalMinutes} minutes");
        }

        Assert.True(process.ExitCode == 0, $"{program} {string.Join(' ', arguments)} ended with {process.ExitCode}:\n{await output}\n{await errors}");
        return await output;
    }
}
