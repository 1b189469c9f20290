using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Testing;
using Xunit;

namespace NNTileLogger.AppHost.Tests.Support;

/// <summary>
/// The whole application with the real TensorBoard, started once for all tests of its collection:
/// any free ports, no dashboard, every point kept, its logs in a folder of their own, a proxy that asks for a token.
/// </summary>
public sealed class RunningApplication : IAsyncLifetime
{
    private static readonly TimeSpan _startTimeout = TimeSpan.FromMinutes(3);
    private static readonly TimeSpan _stopTimeout = TimeSpan.FromMinutes(1);

    private readonly TempFolder _folder = new();
    private DistributedApplication? _application;
    private string? _missing;

    internal string LogDir => _folder.Combine("logs");

    internal DistributedApplication Application
    {
        get
        {
            if (_missing is not null)
            {
                PythonRequirement.Missing(_missing);
            }

            return _application!;
        }
    }

    internal int ServerPort => Application.GetEndpoint("logger-server", "tcp").Port;

    /// <summary>What the proxy asks of scripts.</summary>
    internal const string Token = "0123456789abcdef0123456789abcdef";

    internal TensorBoardClient TensorBoard => new(Application.CreateHttpClient("tensorboard", "http"));

    public async ValueTask InitializeAsync()
    {
        using var timeout = new CancellationTokenSource(_startTimeout);
        var builder = await DistributedApplicationTestingBuilder.CreateAsync<Projects.NNTileLogger_AppHost>(
            [
                "--DASHBOARD=0", "--SERVER_PORT=0", "--HTTP_PORT=0", "--DATA_PROVIDER_PORT=0", "--TENSORBOARD_PORT=0", "--TENSORBOARD_SAMPLES=0",
                "--LOG_DIR=" + LogDir,
                "--TLS_PORT=0", .. _folder.WriteCertificate(), "--PROXY_TOKEN_FILE=" + _folder.Write("token", Token),
            ],
            timeout.Token);
        _application = await builder.BuildAsync(timeout.Token);
        await _application.StartAsync(timeout.Token);
        await _application.ResourceNotifications.WaitForResourceHealthyAsync("logger-server", timeout.Token);

        // TensorBoard that cannot be installed leaves the rest up: only the tests that need it are lost.
        var tensorboard = await _application.ResourceNotifications.WaitForResourceAsync(
            "tensorboard",
            change => change.Snapshot.HealthStatus == Microsoft.Extensions.Diagnostics.HealthChecks.HealthStatus.Healthy
                || KnownResourceStates.TerminalStates.Contains(change.Snapshot.State?.Text),
            timeout.Token);
        if (tensorboard.Snapshot.State?.Text != KnownResourceStates.Running)
        {
            _missing = $"TensorBoard did not start ({tensorboard.Snapshot.State?.Text}): python3 with venv and a package index are needed";
        }
    }

    /// <summary>Waits for the next state of a resource that <paramref name="wanted"/> accepts.</summary>
    internal async Task<CustomResourceSnapshot> WaitAsync(string resource, Func<CustomResourceSnapshot, bool> wanted)
    {
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        timeout.CancelAfter(_startTimeout);
        var change = await Application.ResourceNotifications.WaitForResourceAsync(resource, e => wanted(e.Snapshot), timeout.Token);
        return change.Snapshot;
    }

    public async ValueTask DisposeAsync()
    {
        if (_application is not null)
        {
            using var timeout = new CancellationTokenSource(_stopTimeout);
            await _application.StopAsync(timeout.Token);
            await _application.DisposeAsync();
        }

        _folder.Dispose();
    }
}

/// <summary>The tests that share one <see cref="RunningApplication"/>.</summary>
[CollectionDefinition(Name)]
public sealed class RunningApplicationTests : ICollectionFixture<RunningApplication>
{
    public const string Name = "running application";
}
