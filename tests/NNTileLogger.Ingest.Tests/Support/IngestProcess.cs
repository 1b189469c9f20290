using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.RegularExpressions;
using Xunit;

namespace NNTileLogger.Ingest.Tests.Support;

/// <summary>
/// The built service as a process of its own, told by environment variables where to log and what to do;
/// known from outside by its output, its two ports, its files and its exit code.
/// </summary>
internal sealed partial class IngestProcess : IAsyncDisposable
{
    public static readonly TimeSpan StopLimit = TimeSpan.FromSeconds(5);
    public const int Interrupt = 2;
    private const int Terminate = 15;
    private static readonly TimeSpan _readyLimit = TimeSpan.FromSeconds(30);

    private const string ProgramVariable = "INGEST_PROGRAM";

    private readonly Process _process;
    private readonly StringBuilder _output = new();
    private readonly StringBuilder _errors = new();
    private readonly TaskCompletionSource _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private IngestProcess(Process process)
    {
        _process = process;
    }

    public int Id => _process.Id;

    public int Port { get; private set; }

    public int HttpPort { get; private set; }

    /// <summary>Where TensorBoard reads from.</summary>
    public int DataPort { get; private set; }

    public bool HasExited => _process.HasExited;

    public int ExitCode => _process.ExitCode;

    public string Output => Text(_output);

    public string Errors => Text(_errors);

    /// <summary>Starts the service on a log directory, on free ports, and waits until it says that it is ready.</summary>
    /// <param name="logDirectory">LOG_DIR.</param>
    /// <param name="variables">More variables, each as NAME=value.</param>
    public static Task<IngestProcess> StartAsync(string logDirectory, params string[] variables) => StartUnderAsync([], logDirectory, variables);

    /// <summary>The same under a tool that changes itself into the service: another user, a lower limit, another network.</summary>
    /// <param name="tool">The tool and its arguments.</param>
    /// <param name="logDirectory">LOG_DIR.</param>
    /// <param name="variables">More variables, each as NAME=value.</param>
    public static Task<IngestProcess> StartUnderAsync(string[] tool, string logDirectory, params string[] variables) =>
        StartProgramAsync(ProgramPath(), tool, logDirectory, variables);

    /// <summary>The same with a copy of the built service.</summary>
    /// <param name="program">The service's assembly.</param>
    /// <param name="tool">The tool and its arguments.</param>
    /// <param name="logDirectory">LOG_DIR.</param>
    /// <param name="variables">More variables, each as NAME=value.</param>
    public static async Task<IngestProcess> StartProgramAsync(string program, string[] tool, string logDirectory, params string[] variables)
    {
        var server = StartUnder(program, tool, [$"LOG_DIR={logDirectory}", "SERVER_PORT=0", "HTTP_PORT=0", .. variables]);
        try
        {
            await server.ReadyAsync();
            Assert.True(server.Output.Contains(logDirectory, StringComparison.Ordinal), $"the log directory is not said at start.\n{server.Everything()}");
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    /// <summary>Starts the service with just these variables; it may or may not become ready.</summary>
    public static IngestProcess Start(params string[] variables) => StartUnder(ProgramPath(), [], variables);

    private static IngestProcess StartUnder(string program, string[] tool, string[] variables)
    {
        string[] host = program.EndsWith(".dll", StringComparison.Ordinal) ? [Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet"] : [];
        string[] command = [.. tool, .. host, program, .. variables.Where(IsArgument)];
        var start = new ProcessStartInfo(command[0], command[1..])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = Path.GetTempPath(),
        };
        foreach (var name in start.Environment.Keys.Where(IsOfAService).ToList())
        {
            start.Environment.Remove(name);
        }

        foreach (var variable in (string[])["DATA_PROVIDER_PORT=0", .. variables.Where(variable => !IsArgument(variable))])
        {
            var parts = variable.Split('=', 2);
            start.Environment[parts[0]] = parts[1];
        }

        var process = new Process { StartInfo = start };
        var server = new IngestProcess(process);
        process.OutputDataReceived += (_, line) => server.TakeOutput(line.Data);
        process.ErrorDataReceived += (_, line) => Append(server._errors, line.Data);
        process.Start();
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        return server;
    }

    private static bool IsArgument(string variable) => variable.StartsWith("--", StringComparison.Ordinal);

    /// <summary>Sends SIGTERM (or another signal) and fails unless the service ends within its time with exit code 0.</summary>
    public async Task StopAsync(int signal = Terminate)
    {
        Assert.True(SendSignal(_process.Id, signal) == 0, $"signal {signal} could not be sent");
        var took = await ExitAsync(StopLimit + TimeSpan.FromSeconds(10));
        Assert.True(ExitCode == 0, $"after signal {signal} the exit code is {ExitCode}.\n{Everything()}");
        Assert.True(took < StopLimit, $"after signal {signal} it took {took.TotalSeconds:F1} s to end.\n{Everything()}");
    }

    /// <summary>Kills the process outright (SIGKILL) and waits until it is gone.</summary>
    public async Task KillAsync()
    {
        _process.Kill();
        await ExitAsync(Eventually.Patience);
    }

    /// <summary>The status of /health or /alive.</summary>
    public async Task<int> StatusAsync(string path)
    {
        using var http = new HttpClient { Timeout = TimeSpan.FromSeconds(10) };
        using var answer = await http.GetAsync(new Uri($"http://localhost:{HttpPort}{path}"));
        return (int)answer.StatusCode;
    }

    /// <summary>The status of /health, and the body that says why.</summary>
    public async Task<(int Status, string Body)> HealthAsync()
    {
        using var http = new HttpClient { Timeout = TimeSpan.FromSeconds(10) };
        using var answer = await http.GetAsync(new Uri($"http://127.0.0.1:{HttpPort}/health"));
        return ((int)answer.StatusCode, await answer.Content.ReadAsStringAsync());
    }

    /// <summary>Waits until the process has ended by itself; gives the time that took.</summary>
    public async Task<TimeSpan> ExitAsync(TimeSpan limit)
    {
        var clock = Stopwatch.StartNew();
        using var timeout = new CancellationTokenSource(limit);
        try
        {
            await _process.WaitForExitAsync(timeout.Token);
        }
        catch (OperationCanceledException)
        {
            Assert.Fail($"still running after {limit.TotalSeconds} s.\n{Everything()}");
        }

        return clock.Elapsed;
    }

    public async Task ReadyAsync()
    {
        var first = await Task.WhenAny(_ready.Task, _process.WaitForExitAsync(), Task.Delay(_readyLimit));
        Assert.True(first == _ready.Task || _ready.Task.IsCompleted, $"the service is not ready.\n{Everything()}");
        (Port, HttpPort) = FindPorts();
        DataPort = int.Parse(FeedPattern().Match(Output).Groups["port"].Value, CultureInfo.InvariantCulture);
    }

    public string Everything() => $"--- exit code: {(HasExited ? ExitCode : "none yet")}\n--- output:\n{Output}\n--- errors:\n{Errors}";

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            await KillAsync();
        }

        _process.Dispose();
    }

    // What a surrounding run, a test host or Aspire sets for a service must not reach this one.
    private static bool IsOfAService(string name) =>
        name.StartsWith("ASPNETCORE_", StringComparison.Ordinal)
        || name.StartsWith("OTEL_", StringComparison.Ordinal)
        || name is "DOTNET_ENVIRONMENT" or "DOTNET_LAUNCH_PROFILE" or "LOG_DIR" or "SERVER_PORT" or "HTTP_PORT" or "SPLIT_HOURS"
            or "CLEAR_LOGS" or "MAX_LINE_MB" or "LINE_BUFFER_MB" or "MAX_OPEN_FILES" or "BUFFER_MB" or "TZ" or "HTTP_HOST" or "MAX_CONNECTIONS"
            or "MAX_SERIES" or "ALLOWED_CLIENTS" || name.StartsWith("DATA_PROVIDER_", StringComparison.Ordinal);

    /// <summary>The built service's assembly, or the published program that INGEST_PROGRAM names.</summary>
    public static string ProgramPath()
    {
        if (Environment.GetEnvironmentVariable(ProgramVariable) is { Length: > 0 } published)
        {
            return published;
        }

        var own = new DirectoryInfo(AppContext.BaseDirectory);
        var built = Path.Combine(own.Parent!.Parent!.FullName, "NNTileLogger.Ingest", own.Name, "NNTileLogger.Ingest.dll");
        return File.Exists(built) ? built : Path.Combine(AppContext.BaseDirectory, "NNTileLogger.Ingest.dll");
    }

    private static void Append(StringBuilder text, string? line)
    {
        lock (text)
        {
            text.AppendLine(line);
        }
    }

    private static string Text(StringBuilder text)
    {
        lock (text)
        {
            return text.ToString();
        }
    }

    private void TakeOutput(string? line)
    {
        Append(_output, line);
        if (line is not null && ReadyPattern().IsMatch(line))
        {
            _ready.TrySetResult();
        }
    }

    private (int Port, int HttpPort) FindPorts()
    {
        var found = ReadyPattern().Match(Output);
        return (int.Parse(found.Groups["port"].Value, CultureInfo.InvariantCulture), int.Parse(found.Groups["http"].Value, CultureInfo.InvariantCulture));
    }

    [GeneratedRegex(@"taking lines on port (?<port>\d+).*http://localhost:(?<http>\d+)/health")]
    private static partial Regex ReadyPattern();

    [GeneratedRegex(@"--grpc_data_provider=127\.0\.0\.1:(?<port>\d+)")]
    private static partial Regex FeedPattern();

    [DllImport("libc", EntryPoint = "kill")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int SendSignal(int process, int signal);
}
