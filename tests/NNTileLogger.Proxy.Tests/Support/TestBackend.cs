using System.Collections.Concurrent;
using System.IO.Compression;
using System.Net;
using System.Net.WebSockets;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using NNTileLogger.ServiceDefaults;
using Xunit;

namespace NNTileLogger.Proxy.Tests.Support;

/// <summary>
/// A service behind the proxy, on a free port within the test's process. What it sends step by step, the test lets go
/// by <see cref="Release"/>.
/// </summary>
internal sealed class TestBackend : IAsyncDisposable
{
    public const string Compressed = "the same words, the same words, the same words";
    private readonly WebApplication _app;
    private readonly SemaphoreSlim _released = new(0);

    private bool _isStopped;
    private long _uploaded;
    private int _uploadsCut;

    private TestBackend(WebApplication app) => _app = app;

    public Uri Address { get; private set; } = null!;

    public int Port => Address.Port;

    /// <summary>Bytes that have arrived at <c>/upload</c>.</summary>
    public long Uploaded => Interlocked.Read(ref _uploaded);

    /// <summary>Uploads that ended before they were whole.</summary>
    public int UploadsCut => Volatile.Read(ref _uploadsCut);

    /// <summary>The headers of each request, newest last.</summary>
    public ConcurrentQueue<HeaderDictionary> Requests { get; } = new();

    /// <summary>Requests whose client went away while the backend was at work on them.</summary>
    public TaskCompletionSource ClientLeft { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public static async Task<TestBackend> StartAsync(int port = 0)
    {
        var builder = ServiceBuilder.Create([]);
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, port));
        builder.WebHost.UseSetting("shutdownTimeoutSeconds", "0");
        var app = builder.Build();
        var backend = new TestBackend(app);
        app.UseWebSockets();
        app.Use((context, next) =>
        {
            var copy = new HeaderDictionary();
            foreach (var (name, value) in context.Request.Headers)
            {
                copy[name] = value;
            }

            backend.Requests.Enqueue(copy);
            return next(context);
        });
        app.MapGet("/gzip", GzipAsync);
        app.Map("/ws", EchoSocketAsync);
        app.MapGet("/steps", backend.StepsAsync);
        app.MapPost("/upload", backend.UploadAsync);
        app.MapGet("/silent", backend.SilentAsync);
        app.MapGet("/endless", backend.EndlessAsync);
        app.Map("/{**path}", (HttpContext context) => $"{context.Request.Method} {context.Request.Path}{context.Request.QueryString}");
        await app.StartAsync(TestContext.Current.CancellationToken);
        backend.Address = new Uri(app.Urls.First());
        return backend;
    }

    /// <summary>Lets the next steps of <c>/steps</c> go.</summary>
    public void Release(int count = 1) => _released.Release(count);

    public async ValueTask DisposeAsync()
    {
        if (_isStopped)
        {
            return;
        }

        _isStopped = true;
        _released.Release(1000);
        using var now = new CancellationTokenSource(TimeSpan.FromMilliseconds(100));
        await _app.StopAsync(now.Token);
        await _app.DisposeAsync();
    }

    private static async Task GzipAsync(HttpContext context)
    {
        context.Response.Headers.ContentEncoding = "gzip";
        context.Response.Headers.Server = "Werkzeug/1.2";
        await using var gzip = new GZipStream(context.Response.Body, CompressionLevel.Optimal);
        await gzip.WriteAsync(Encoding.UTF8.GetBytes(Compressed));
    }

    private static async Task EchoSocketAsync(HttpContext context)
    {
        using var socket = await context.WebSockets.AcceptWebSocketAsync();
        var buffer = new byte[4096];
        while (await socket.ReceiveAsync(buffer, context.RequestAborted) is { MessageType: not WebSocketMessageType.Close } received)
        {
            await socket.SendAsync(buffer.AsMemory(0, received.Count), received.MessageType, received.EndOfMessage, context.RequestAborted);
        }

        await socket.CloseAsync(WebSocketCloseStatus.NormalClosure, "bye", context.RequestAborted);
    }

    private async Task UploadAsync(HttpContext context)
    {
        var buffer = new byte[4096];
        try
        {
            while (await context.Request.Body.ReadAsync(buffer, context.RequestAborted) is > 0 and var count)
            {
                Interlocked.Add(ref _uploaded, count);
            }
        }
        catch (Exception e) when (e is IOException or OperationCanceledException)
        {
            Interlocked.Increment(ref _uploadsCut);
            return;
        }

        await context.Response.WriteAsync($"took {Uploaded}");
    }

    // Ten steps, each when the test says so.
    private async Task StepsAsync(HttpContext context)
    {
        context.Response.ContentType = context.Request.Query["type"].FirstOrDefault() ?? "text/event-stream";
        await context.Response.Body.FlushAsync(context.RequestAborted);
        for (var step = 1; step <= 10; step++)
        {
            await _released.WaitAsync(context.RequestAborted);
            await context.Response.WriteAsync($"data: {step}\n\n", context.RequestAborted);
            await context.Response.Body.FlushAsync(context.RequestAborted);
        }
    }

    private async Task SilentAsync(HttpContext context)
    {
        try
        {
            await Task.Delay(Timeout.Infinite, context.RequestAborted);
        }
        catch (OperationCanceledException)
        {
            ClientLeft.TrySetResult();
        }
    }

    private async Task EndlessAsync(HttpContext context)
    {
        var part = new byte[64 * 1024];
        try
        {
            while (!context.RequestAborted.IsCancellationRequested)
            {
                await context.Response.Body.WriteAsync(part, context.RequestAborted);
            }
        }
        catch (Exception e) when (e is IOException or OperationCanceledException)
        {
            // Told below.
        }

        ClientLeft.TrySetResult();
    }
}
