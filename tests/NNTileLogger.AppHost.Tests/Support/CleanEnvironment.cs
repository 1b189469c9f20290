namespace NNTileLogger.AppHost.Tests.Support;

/// <summary>
/// For as long as one test runs, this process has none of the variables that the AppHost reads; nor have the programs it
/// starts. No two tests run at once here.
/// </summary>
internal sealed class CleanEnvironment : IDisposable
{
    private static readonly string[] _others =
    [
        "LOG_DIR", "SERVER_PORT", "HTTP_PORT", "DATA_PROVIDER_PORT", "TENSORBOARD_PORT", "TENSORBOARD_FEED", "TENSORBOARD_SAMPLES",
        "TENSORBOARD_PYTHON", "TENSORBOARD_HOST", "TLS_PORT", "TLS_KEY_PASSWORD", "DASHBOARD", "OTEL_METRIC_EXPORT_INTERVAL",
    ];

    private readonly Dictionary<string, string?> _values = AppHostOptions.HandedOn
        .Concat(AppHostOptions.HandedOnToProxy).Concat(AppHostOptions.ProxyFileNames).Concat(_others).Distinct()
        .ToDictionary(name => name, Environment.GetEnvironmentVariable);

    public CleanEnvironment() => Set(_ => null);

    public void Dispose() => Set(name => _values[name]);

    private void Set(Func<string, string?> value)
    {
        foreach (var name in _values.Keys)
        {
            Environment.SetEnvironmentVariable(name, value(name));
        }
    }
}
