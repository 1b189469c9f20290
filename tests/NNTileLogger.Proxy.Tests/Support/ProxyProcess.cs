using System.Diagnostics;
using System.Runtime.InteropServices;
using Xunit;

namespace NNTileLogger.Proxy.Tests.Support;

/// <summary>The built proxy as a process of its own, known by its output and its exit code.</summary>
internal sealed class ProxyProcess : IAsyncDisposable
{
    private const int Terminate = 15;
    private readonly Process _process;
    private readonly Task<string> _errors;
    private string _output = "";

    private ProxyProcess(Process process)
    {
        _process = process;
        _errors = process.StandardError.ReadToEndAsync();
    }

    public int Id => _process.Id;

    public int ExitCode => _process.ExitCode;

    /// <summary>Starts it with just these variables, each as NAME=value, and arguments, which begin with --.</summary>
    public static ProxyProcess Start(string folder, params string[] variables)
    {
        var program = Path.Combine(AppContext.BaseDirectory, "NNTileLogger.Proxy.dll");
        var start = new ProcessStartInfo(Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet", [program])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = folder,
        };
        foreach (var name in start.Environment.Keys.Where(IsOfAService).ToList())
        {
            start.Environment.Remove(name);
        }

        foreach (var argument in variables.Where(variable => variable.StartsWith("--", StringComparison.Ordinal)))
        {
            start.ArgumentList.Add(argument);
        }

        foreach (var variable in variables.Where(variable => variable.Contains('=', StringComparison.Ordinal)))
        {
            var parts = variable.Split('=', 2);
            start.Environment[parts[0]] = parts[1];
        }

        return new ProxyProcess(Process.Start(start)!);
    }

    /// <summary>Reads its output up to the line that says it is ready.</summary>
    public Task<string> ReadyLineAsync() => SaysAsync("Ready:");

    /// <summary>Reads its output up to a line with these words.</summary>
    public async Task<string> SaysAsync(string words)
    {
        while (await _process.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken).AsTask().WithinAsync($"a line with {words}; so far: {_output}") is { } line)
        {
            _output += line + "\n";
            if (line.Contains(words, StringComparison.Ordinal))
            {
                return line;
            }
        }

        throw new InvalidOperationException($"it ended without saying {words}:\n{_output}{await _errors}");
    }

    /// <summary>Waits for its end; gives everything it said.</summary>
    public async Task<string> EndAsync()
    {
        var output = await _process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken).WithinAsync("the end of the output");
        await _process.WaitForExitAsync(TestContext.Current.CancellationToken).WithinAsync("the end of the process");
        return _output + output + await _errors;
    }

    public void SendTerminate() => Assert.Equal(0, SendSignal(_process.Id, Terminate));

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
            await _process.WaitForExitAsync();
        }

        _process.Dispose();
    }

    // What a surrounding run, a test host or Aspire sets for a service must not reach this one.
    private static bool IsOfAService(string name) =>
        ((string[])["ASPNETCORE_", "OTEL_", "TLS_", "PROXY_"]).Any(prefix => name.StartsWith(prefix, StringComparison.Ordinal))
        || name is "DOTNET_ENVIRONMENT" or "DOTNET_LAUNCH_PROFILE" or "TENSORBOARD_URL" or "LIVE_URL";

    [DllImport("libc", EntryPoint = "kill")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int SendSignal(int process, int signal);
}
