using System.Globalization;
using System.Text.RegularExpressions;
using NNTileLogger.Benchmarks.EndToEnd;

namespace NNTileLogger.Benchmarks.Soak;

/// <summary>The service as a soak sees it: its numbers from outside, and whether it says that it is well.</summary>
internal sealed partial class SoakedServer(string path, params string[] variables) : BuiltServer(path, variables)
{
    private readonly HttpClient _http = new() { Timeout = TimeSpan.FromSeconds(10) };

    public int Id => Process.Id;

    public int LinePort => Port;

    public string Logs => Folder.Path;

    public string Said => Output;

    /// <summary>Asks /health, as those who look after a service do all the time.</summary>
    /// <exception cref="RunFailedException">It is not well.</exception>
    public async Task MustBeHealthyAsync()
    {
        if (Process.HasExited)
        {
            throw new RunFailedException($"The server has ended by itself. It said:\n{Output}");
        }

        var port = int.Parse(HealthPattern().Match(Output).Groups["port"].Value, CultureInfo.InvariantCulture);
        using var answer = await _http.GetAsync(new Uri($"http://127.0.0.1:{port}/health"));
        if (!answer.IsSuccessStatusCode)
        {
            throw new RunFailedException($"The server is not well: {await answer.Content.ReadAsStringAsync()}");
        }
    }

    protected override void Dispose(bool disposing)
    {
        base.Dispose(disposing);
        _http.Dispose();
    }

    [GeneratedRegex(@"health on http://localhost:(?<port>\d+)/health")]
    private static partial Regex HealthPattern();
}
