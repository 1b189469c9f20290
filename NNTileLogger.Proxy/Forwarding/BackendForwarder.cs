using System.Net;
using NNTileLogger.ServiceDefaults;
using Yarp.ReverseProxy.Forwarder;
using Yarp.ReverseProxy.Transforms;
using Yarp.ReverseProxy.Transforms.Builder;

namespace NNTileLogger.Proxy.Forwarding;

/// <summary>
/// Hands requests to a backend by YARP's forwarder, and says in words what is wrong where it does not answer. One for
/// the program, called on any thread.
/// </summary>
internal sealed partial class BackendForwarder
{
    private const string EventStream = "text/event-stream";
    private const string Grpc = "application/grpc";

    private readonly IHttpForwarder _forwarder;
    private readonly BackendClient _client;
    private readonly ProxyMetrics _metrics;
    private readonly ILogger<BackendForwarder> _logger;
    private readonly CancellationToken _stopping;
    private readonly HttpTransformer _transformer;
    private readonly ForwarderRequestConfig _ordinary;
    private readonly ForwarderRequestConfig _endless;
    private readonly LogPause _pause;

    public BackendForwarder(
        IHttpForwarder forwarder,
        ITransformBuilder transforms,
        BackendClient client,
        ProxyOptions options,
        ProxyMetrics metrics,
        TimeProvider time,
        IHostApplicationLifetime lifetime,
        ILogger<BackendForwarder> logger)
    {
        _forwarder = forwarder;
        _client = client;
        _metrics = metrics;
        _logger = logger;
        _stopping = lifetime.ApplicationStopping;
        _pause = new LogPause(time, TimeSpan.FromSeconds(10));
        _transformer = transforms.Create(context =>
        {
            // What a client says of itself is replaced, not added to.
            context.AddXForwarded(ForwardedTransformActions.Set);
            context.AddResponseHeaderRemove("Server", ResponseCondition.Always);
            context.AddResponseTransform(OpenEventStreamAsync);
        });
        _ordinary = new ForwarderRequestConfig
        {
            Version = HttpVersion.Version11,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            ActivityTimeout = options.Idle,
        };
        // Clients that vanish are found by TCP's and HTTP/2's keep-alive instead.
        _endless = _ordinary with { ActivityTimeout = Timeout.InfiniteTimeSpan };
    }

    /// <summary>Forwards a request whose path is as the backend knows it.</summary>
    public async Task ForwardAsync(HttpContext context, Backend backend)
    {
        if (context.Request.ContentType?.StartsWith(Grpc, StringComparison.OrdinalIgnoreCase) == true)
        {
            // The forwarder would lift the limits of body and speed for it, and nobody behind here speaks it.
            await UnavailablePage.WriteAsync(context, StatusCodes.Status415UnsupportedMediaType, $"{Grpc} does not pass here", "TensorBoard and the live page take JSON and forms.");
            return;
        }

        var isEndless = IsEndless(context);
        var error = await _forwarder.SendAsync(
            context, backend.Prefix, _client, isEndless ? _endless : _ordinary, _transformer, isEndless ? _stopping : CancellationToken.None);
        if (error is ForwarderError.None || context.Response.HasStarted || context.RequestAborted.IsCancellationRequested)
        {
            return;
        }

        var exception = context.GetForwarderErrorFeature()?.Exception;
        switch (context.Response.StatusCode)
        {
            case StatusCodes.Status413PayloadTooLarge:
                await UnavailablePage.WriteAsync(context, 413, "The request's body is too long", "PROXY_MAX_BODY_MB sets the limit.");
                break;
            case < 500:
                await UnavailablePage.WriteAsync(context, context.Response.StatusCode, "The request did not arrive whole or came too slowly", "Send it again.");
                break;
            case StatusCodes.Status504GatewayTimeout when !IsConnecting(exception):
                await UnavailableAsync(context, backend, StatusCodes.Status504GatewayTimeout, $"{backend.Title} took too long to answer", exception);
                break;
            default:
                await UnavailableAsync(context, backend, StatusCodes.Status503ServiceUnavailable, $"{backend.Title} is not answering yet", exception);
                break;
        }
    }

    private async Task UnavailableAsync(HttpContext context, Backend backend, int status, string title, Exception? exception)
    {
        _metrics.Unavailable(backend.Name);
        if (_pause.IsOver(out var count))
        {
            LogUnavailable(_logger, backend.Title, backend.Address, LogText.Escape(exception?.Message ?? "no answer"), count);
        }

        await UnavailablePage.WriteAsync(context, status, title, backend.Advice);
    }

    // The forwarder sends headers with the first bytes of the body; a page should know before the first event that it is connected.
    private static async ValueTask OpenEventStreamAsync(ResponseTransformContext context)
    {
        if (context.ProxyResponse?.Content.Headers.ContentType?.MediaType == EventStream)
        {
            await context.HttpContext.Response.Body.FlushAsync(context.CancellationToken);
        }
    }

    private static bool IsEndless(HttpContext context) =>
        context.Request.Headers.Accept.ToString().Contains(EventStream, StringComparison.OrdinalIgnoreCase)
        || context.Features.Get<Microsoft.AspNetCore.Http.Features.IHttpUpgradeFeature>() is { IsUpgradableRequest: true }
        || context.Features.Get<Microsoft.AspNetCore.Http.Features.IHttpExtendedConnectFeature>() is { IsExtendedConnect: true };

    // The connect timeout is told as a request that was given up.
    private static bool IsConnecting(Exception? exception) => exception?.InnerException is TimeoutException;

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Backend} does not answer at {Address}: {Reason} ({Count} requests since this was last said).")]
    private static partial void LogUnavailable(ILogger logger, string backend, Uri address, string reason, long count);
}
