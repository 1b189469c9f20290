using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Xunit;

namespace NNTileLogger.Ingest.Tests.Support;

/// <summary>A real TensorBoard on a free port, asked by its HTTP API; reads files or a data service, as it is told.</summary>
internal sealed partial class RealTensorBoard : IDisposable
{
    private const string All = "1000000000";
    private static readonly TimeSpan _limit = TimeSpan.FromSeconds(60);

    private readonly Process _process;
    private readonly StringBuilder _output = new();
    private readonly TaskCompletionSource<int> _port = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private HttpClient? _http;

    private RealTensorBoard(Process process) => _process = process;

    /// <summary>What it has said.</summary>
    public string Output
    {
        get
        {
            lock (_output)
            {
                return _output.ToString();
            }
        }
    }

    /// <summary>On files, by its own Rust server, with every value kept.</summary>
    public static Task<RealTensorBoard> OnFilesAsync(string logs) => StartAsync("--logdir", logs, "--load_fast", "true", "--reload_interval", "1");

    /// <summary>On this service.</summary>
    public static Task<RealTensorBoard> OnFeedAsync(int port) => StartAsync(string.Create(CultureInfo.InvariantCulture, $"--grpc_data_provider=127.0.0.1:{port}"));

    /// <summary>The answer to a request; null where it is an error.</summary>
    public async Task<JsonElement?> TryGetAsync(string path)
    {
        using var answer = await _http!.GetAsync(new Uri(path, UriKind.Relative));
        return answer.IsSuccessStatusCode ? JsonDocument.Parse(await answer.Content.ReadAsStringAsync()).RootElement : null;
    }

    /// <summary>An answer that must be good.</summary>
    public async Task<JsonElement> GetAsync(string path) => await TryGetAsync(path) ?? throw new InvalidDataException($"{path} is answered with an error.\n{Output}");

    /// <summary>An answer as it is, or its status where it is an error.</summary>
    public async Task<string> TextAsync(string path)
    {
        using var answer = await _http!.GetAsync(new Uri(path, UriKind.Relative));
        return answer.IsSuccessStatusCode ? Convert.ToBase64String(await answer.Content.ReadAsByteArrayAsync()) : $"{(int)answer.StatusCode}";
    }

    /// <summary>The answer to a request with a body.</summary>
    public async Task<JsonElement> PostAsync(string path, string json)
    {
        using var body = new StringContent(json, Encoding.UTF8, "application/json");
        using var answer = await _http!.PostAsync(new Uri(path, UriKind.Relative), body);
        var text = await answer.Content.ReadAsStringAsync();
        Assert.True(answer.IsSuccessStatusCode, $"{path} is answered with {answer.StatusCode}: {text}\n{Output}");
        return JsonDocument.Parse(text).RootElement;
    }

    public void Dispose()
    {
        _http?.Dispose();
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
        }

        _process.Dispose();
    }

    private static async Task<RealTensorBoard> StartAsync(params string[] arguments)
    {
        var samples = string.Join(',', ((string[])["scalars", "images", "audio", "histograms", "distributions", "text", "pr_curves", "mesh"]).Select(plugin => $"{plugin}={All}"));
        var start = new ProcessStartInfo(await Lab.TensorBoardPythonAsync(), ["-m", "tensorboard.main", "--port", "0", "--samples_per_plugin", samples, .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["no_grpc_proxy"] = "localhost,127.0.0.1";
        var tensorboard = new RealTensorBoard(new Process { StartInfo = start });
        try
        {
            await tensorboard.StartAsync();
            return tensorboard;
        }
        catch
        {
            tensorboard.Dispose();
            throw;
        }
    }

    private async Task StartAsync()
    {
        _process.OutputDataReceived += (_, line) => Take(line.Data);
        _process.ErrorDataReceived += (_, line) => Take(line.Data);
        _process.Start();
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
        var first = await Task.WhenAny(_port.Task, _process.WaitForExitAsync(), Task.Delay(_limit));
        Assert.True(first == _port.Task, $"TensorBoard does not start:\n{Output}");
        _http = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{await _port.Task}/"), Timeout = _limit };
    }

    private void Take(string? line)
    {
        lock (_output)
        {
            _output.AppendLine(line);
        }

        if (line is not null && AddressPattern().Match(line) is { Success: true } found)
        {
            _port.TrySetResult(int.Parse(found.Groups["port"].Value, CultureInfo.InvariantCulture));
        }
    }

    [GeneratedRegex(@"TensorBoard \S+ at http://[^/:]+:(?<port>\d+)/")]
    private static partial Regex AddressPattern();
}
