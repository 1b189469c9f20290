using System.Globalization;
using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using NNTileLogger.AppHost.Python;
using NNTileLogger.ServiceDefaults;

namespace NNTileLogger.AppHost.TensorBoard;

/// <summary>
/// Adds TensorBoard to the model, reading from the ingest service or from the folder that this writes; called from
/// AppHost.cs only.
/// </summary>
internal static partial class TensorBoardExtensions
{
    /// <summary>
    /// Exit codes after which another start would end the same way: a Python without TensorBoard (1),
    /// a wrong argument (2), a port it cannot listen on (255, its <c>return -1</c>).
    /// </summary>
    public static readonly IReadOnlyList<int> FinalExitCodes = [1, 2, 255];

    // TensorBoard 2.21 on files answers "scalars=0" with empty curves, so all is a number above any.
    private const int AllSamples = 1_000_000_000;

    // Reading files, it holds one for every event file it ever saw: below this a few hundred trainings are too many.
    private const int EnoughDescriptors = 4096;

    /// <summary>Adds <c>python -m tensorboard.main</c>.</summary>
    /// <param name="builder">The application.</param>
    /// <param name="name">The resource's name.</param>
    /// <param name="logDir">The absolute path of the folder to show; it need not exist yet.</param>
    /// <param name="port">The port of its pages; null is any free one.</param>
    /// <param name="targetPort">Its port in a container; null while it runs here.</param>
    public static IResourceBuilder<PythonAppResource> AddTensorBoard(
        this IDistributedApplicationBuilder builder, [ResourceName] string name, string logDir, int? port, int? targetPort)
    {
        var tensorboard = builder.AddPythonModule(name, "TensorBoard", "tensorboard.main")
            .WithHttpEndpoint(name: "http", port: port, targetPort: targetPort, isProxied: false)
            .WithHttpHealthCheck("/data/environment", endpointName: "http");
        return tensorboard
            .WithArgs("--logdir", logDir)
            .WithArgs("--port", tensorboard.GetEndpoint("http").Property(EndpointProperty.TargetPort))
            .WithArgs("--reload_multifile=true", "--reload_interval", "1")
            .OnBeforeResourceStarted((resource, starting, cancellationToken) =>
                PrepareAsync(resource, port, starting.Services, cancellationToken))
            .OnResourceReady((resource, ready, _) =>
            {
                var logger = Logger(ready.Services);
                var url = resource.GetEndpoint("http").Url;
                LogReady(logger, url);
                return Task.CompletedTask;
            });
    }

    /// <summary>Says which address it listens on; null is all.</summary>
    public static IResourceBuilder<PythonAppResource> WithHost(this IResourceBuilder<PythonAppResource> builder, IPAddress? address)
        => address is null || address.Equals(IPAddress.Any) || address.Equals(IPAddress.IPv6Any)
            ? builder.WithArgs("--bind_all")
            : builder.WithArgs("--host", address.ToString()).WithAddress("http", address);

    /// <summary>Says how many points of each curve TensorBoard keeps; 0 is all.</summary>
    public static IResourceBuilder<PythonAppResource> WithSamples(this IResourceBuilder<PythonAppResource> builder, int samples)
    {
        var scalars = samples == 0 ? AllSamples : samples;
        return builder.WithArgs("--samples_per_plugin", string.Create(CultureInfo.InvariantCulture, $"scalars={scalars}"));
    }

    /// <summary>Runs it with an interpreter that has TensorBoard, or, for null, in a virtual environment made on first start.</summary>
    public static IResourceBuilder<PythonAppResource> WithPython(this IResourceBuilder<PythonAppResource> builder, string? interpreter)
        => interpreter is null
            ? builder.WithVirtualEnvironment(".venv").WithPip()
            : builder.WithCommand(interpreter);

    /// <summary>Has it read from the ingest service; for null from the files.</summary>
    public static IResourceBuilder<PythonAppResource> WithFeed(this IResourceBuilder<PythonAppResource> builder, EndpointReference? feed)
        => feed is null ? builder : builder
            // It takes loopback addresses only, and then passes over what is said of files.
            .WithArgs(ReferenceExpression.Create($"--grpc_data_provider=127.0.0.1:{feed.Property(EndpointProperty.Port)}"))
            // A proxy in the environment would be asked for that address.
            .WithEnvironment("no_grpc_proxy", "localhost,127.0.0.1")
            .WithAnnotation(new FeedAnnotation());

    private static async Task PrepareAsync(
        PythonAppResource resource, int? port, IServiceProvider services, CancellationToken cancellationToken)
    {
        // Aspire waits for the installers only after this handler, and until then the answer about the port would be old.
        await services.GetRequiredService<ResourceNotificationService>().WaitForDependenciesAsync(resource, cancellationToken);
        if (!resource.HasAnnotationOfType<FeedAnnotation>() && DescriptorLimit.OfThisProcess() is { } limit && limit < EnoughDescriptors)
        {
            Tell(LogFewDescriptors, limit);
        }

        // A port still taken is not thrown: TensorBoard itself then ends with 255, and the dashboard shows no stack trace.
        var time = services.GetRequiredService<TimeProvider>();
        if (port is { } wanted && !await Ports.WaitUntilFreeAsync(wanted, Ports.Patience, time, cancellationToken))
        {
            Tell(LogPortTaken, wanted);
        }

        void Tell(Action<ILogger, int> log, int value)
        {
            log(Logger(services), value);
            log(services.GetRequiredService<ResourceLoggerService>().GetLogger(resource), value);
        }
    }

    private static ILogger Logger(IServiceProvider services)
        => services.GetRequiredService<ILoggerFactory>().CreateLogger("NNTileLogger.AppHost.TensorBoard");

    [LoggerMessage(Level = LogLevel.Information, Message = "TensorBoard is at {Url}")]
    private static partial void LogReady(ILogger logger, string url);

    [LoggerMessage(Level = LogLevel.Error, Message =
        "TENSORBOARD_PORT={Port}: another program has held this port for 8 s; stop it, or set TENSORBOARD_PORT to a free port, and start again")]
    private static partial void LogPortTaken(ILogger logger, int port);

    [LoggerMessage(Level = LogLevel.Warning, Message =
        "This system allows a program {Limit} open files (ulimit -Hn); TensorBoard keeps one for every event file it has seen, so raise the limit to 4096 or more")]
    private static partial void LogFewDescriptors(ILogger logger, int limit);

    /// <summary>Marks a TensorBoard that reads no files.</summary>
    private sealed class FeedAnnotation : IResourceAnnotation;
}
