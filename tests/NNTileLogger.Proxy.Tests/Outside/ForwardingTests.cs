using System.IO.Compression;
using System.Net;
using System.Net.Http.Headers;
using System.Net.WebSockets;
using System.Text;
using NNTileLogger.Proxy.Tests.Support;
using Xunit;

namespace NNTileLogger.Proxy.Tests.Outside;

/// <summary>What goes through to TensorBoard and the live page and how it comes back, over HTTP/1.1 and HTTP/2.</summary>
public sealed class ForwardingTests : IAsyncLifetime
{
    private TestBackend _backend = null!;
    private RunningProxy _proxy = null!;

    public async ValueTask InitializeAsync()
    {
        _backend = await TestBackend.StartAsync();
        _proxy = await RunningProxy.StartAsync(_backend);
    }

    public async ValueTask DisposeAsync()
    {
        await _proxy.DisposeAsync();
        await _backend.DisposeAsync();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Request_OfEitherVersion_GoesThroughWithPathAndQuery(bool http1)
    {
        using var client = _proxy.Client(http1);

        var answer = await client.GetStringAsync("/data/plugin/scalars?run=a%2Fb%20c&tag=%D0%B6", Cancellation);

        Assert.Equal("GET /data/plugin/scalars?run=a%2Fb%20c&tag=%D0%B6", answer);
    }

    [Fact]
    public async Task Request_ForwardedHeadersOfItsOwn_AreReplaced()
    {
        using var client = _proxy.Client();
        using var request = new HttpRequestMessage(HttpMethod.Get, "/x") { Version = HttpVersion.Version20 };
        request.Headers.Add("X-Forwarded-For", "6.6.6.6");
        request.Headers.Add("X-Forwarded-Proto", "gopher");

        await client.SendAsync(request, Cancellation);

        var headers = _backend.Requests.Last();
        Assert.Equal("127.0.0.1", headers["X-Forwarded-For"]);
        Assert.Equal("https", headers["X-Forwarded-Proto"]);
        Assert.Equal($"localhost:{_proxy.Port}", headers["X-Forwarded-Host"]);
    }

    [Fact]
    public async Task Request_OfATrace_IsTracedThroughToTheBackend()
    {
        const string Trace = "0af7651916cd43dd8448eb211c80319c";

        // By hand: .NET's own client would begin a trace of its own.
        await using var stream = await _proxy.HandshakeAsync();
        await stream.WriteAsync(
            Encoding.ASCII.GetBytes($"GET /x HTTP/1.1\r\nHost: localhost\r\ntraceparent: 00-{Trace}-b7ad6b7169203331-01\r\n\r\n"), Cancellation);
        using var reader = new StreamReader(stream);
        Assert.Equal("HTTP/1.1 200 OK", await reader.ReadLineAsync(Cancellation).AsTask().WithinAsync("the answer"));

        var parts = _backend.Requests.Last()["traceparent"].ToString().Split('-');
        Assert.Equal(Trace, parts[1]);
        Assert.NotEqual("b7ad6b7169203331", parts[2]);
    }

    [Fact]
    public async Task Live_Path_ReachesThePageWithoutItsPrefix()
    {
        using var client = _proxy.Client();

        Assert.Equal("GET /", await client.GetStringAsync("/live/", Cancellation));
        Assert.Equal("GET /api/sessions/a?from=1", await client.GetStringAsync("/live/api/sessions/a?from=1", Cancellation));
        Assert.Equal("/live", _backend.Requests.Last()["X-Forwarded-Prefix"]);
    }

    [Fact]
    public async Task Live_WithoutSlash_IsSentToTheFolder()
    {
        using var client = _proxy.Client();

        using var answer = await client.GetAsync("/live?session=1", Cancellation);

        Assert.Equal(HttpStatusCode.Redirect, answer.StatusCode);
        Assert.Equal(new Uri(_proxy.Address, "/live/?session=1"), new Uri(new Uri(_proxy.Address, "/live"), answer.Headers.Location!));
    }

    [Fact]
    public async Task Body_Compressed_IsUntouched()
    {
        using var client = _proxy.Client();

        using var answer = await client.GetAsync("/gzip", Cancellation);

        Assert.Equal("gzip", Assert.Single(answer.Content.Headers.ContentEncoding));
        await using var gzip = new GZipStream(await answer.Content.ReadAsStreamAsync(Cancellation), CompressionMode.Decompress);
        using var reader = new StreamReader(gzip);
        Assert.Equal(TestBackend.Compressed, await reader.ReadToEndAsync(Cancellation));
        Assert.False(answer.Headers.Contains("Server"), "the backend's name and version are told");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task EventStream_EachEvent_ArrivesWhenItIsSent(bool http1)
    {
        using var client = _proxy.Client(http1);
        using var request = new HttpRequestMessage(HttpMethod.Get, "/live/steps") { Version = client.DefaultRequestVersion, VersionPolicy = client.DefaultVersionPolicy };
        request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("text/event-stream"));

        using var answer = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Cancellation).WithinAsync("the headers, before any event");
        using var reader = new StreamReader(await answer.Content.ReadAsStreamAsync(Cancellation));
        for (var step = 1; step <= 10; step++)
        {
            var line = reader.ReadLineAsync(Cancellation).AsTask();
            Assert.False(line.IsCompleted, $"event {step} is there before it was sent");
            _backend.Release();
            Assert.Equal($"data: {step}", await line.WithinAsync($"event {step}"));
            await reader.ReadLineAsync(Cancellation);
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task WebSocket_Messages_GoBothWays(bool http1)
    {
        using var socket = await _proxy.SocketAsync(http1);
        var buffer = new byte[100];
        foreach (var text in (string[])["one", "two"])
        {
            await socket.SendAsync(Encoding.UTF8.GetBytes(text), WebSocketMessageType.Text, true, Cancellation);
            var received = await socket.ReceiveAsync(buffer, Cancellation).WithinAsync($"the echo of {text}");
            Assert.Equal(text, Encoding.UTF8.GetString(buffer, 0, received.Count));
        }

        await socket.CloseAsync(WebSocketCloseStatus.NormalClosure, "", Cancellation).WithinAsync("the closing");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Upload_SentInParts_ArrivesWhileItIsSent(bool http1)
    {
        using var client = _proxy.Client(http1);
        var sent = new TaskCompletionSource<Stream>(TaskCreationOptions.RunContinuationsAsynchronously);
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using var content = new OpenContent(sent, done.Task);
        var answering = client.PostAsync("/upload", content, Cancellation);
        var upload = await sent.Task.WithinAsync("the request's stream");

        var part = new byte[64 * 1024];
        for (var parts = 1; parts <= 3; parts++)
        {
            await upload.WriteAsync(part, Cancellation);
            await upload.FlushAsync(Cancellation);
            // A few kilobytes wait in buffers for what comes next.
            var wanted = (parts * part.Length) - (part.Length / 2);
            await Signal.TrueAsync(() => _backend.Uploaded >= wanted, $"part {parts} at the backend");
        }

        done.SetResult();
        using var answer = await answering.WithinAsync("the answer");
        Assert.Equal($"took {3 * part.Length}", await answer.Content.ReadAsStringAsync(Cancellation));
    }

    [Fact]
    public async Task Client_ThatLeaves_EndsTheBackendsWork()
    {
        using var client = _proxy.Client();
        using var leave = new CancellationTokenSource();
        var request = client.GetAsync("/silent", leave.Token);
        await Signal.TrueAsync(() => !_backend.Requests.IsEmpty, "the request at the backend");

        await leave.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => request);
        await _backend.ClientLeft.Task.WithinAsync("the end of the request at the backend");
    }

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    /// <summary>A request's body that the test writes while the answer is read.</summary>
    private sealed class OpenContent(TaskCompletionSource<Stream> sent, Task done) : HttpContent
    {
        protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context)
        {
            sent.SetResult(stream);
            await done;
        }

        protected override bool TryComputeLength(out long length)
        {
            length = 0;
            return false;
        }
    }
}
