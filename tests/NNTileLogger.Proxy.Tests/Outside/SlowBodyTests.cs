using System.Net.Sockets;
using System.Net.WebSockets;
using System.Text;
using NNTileLogger.Proxy.Tests.Support;
using Xunit;

namespace NNTileLogger.Proxy.Tests.Outside;

/// <summary>Clients that take or send a body too slowly: they are cut off, and the backend is let go. Each takes the server's five seconds of grace.</summary>
public sealed class SlowBodyTests
{
    [Fact]
    public async Task Client_ThatReadsNothing_IsCutOffAndTheBackendIsLetGo()
    {
        await using var backend = await TestBackend.StartAsync();
        await using var proxy = await RunningProxy.StartAsync(backend, options => options with { MinBytesPerSecond = 1_000_000 });
        await using var stream = await proxy.HandshakeAsync();

        await stream.WriteAsync("GET /endless HTTP/1.1\r\nHost: localhost\r\n\r\n"u8.ToArray(), TestContext.Current.CancellationToken);

        await backend.ClientLeft.Task.WithinAsync("the end of the download at the backend");
    }

    [Fact]
    public async Task Client_ThatStopsWithinItsBody_IsCutOffAndTheBackendIsLetGo()
    {
        await using var backend = await TestBackend.StartAsync();
        await using var proxy = await RunningProxy.StartAsync(backend, options => options with { MinBytesPerSecond = 1_000_000 });

        await UploadHalfAsync(proxy);

        await Signal.TrueAsync(() => backend.UploadsCut == 1, "the end of the upload at the backend");
    }

    [Fact]
    public async Task WebSocketAndEventStream_SilentAllTheWhile_LiveOn()
    {
        await using var backend = await TestBackend.StartAsync();
        await using var proxy = await RunningProxy.StartAsync(backend, options => options with { MinBytesPerSecond = 1_000_000 });
        using var old = await proxy.SocketAsync(http1: true);
        using var socket = await proxy.SocketAsync(http1: false);
        using var client = proxy.Client();
        client.DefaultRequestHeaders.Add("Accept", "text/event-stream");
        using var stream = await client.GetAsync("/steps", HttpCompletionOption.ResponseHeadersRead, TestContext.Current.CancellationToken);
        using var reader = new StreamReader(await stream.Content.ReadAsStreamAsync(TestContext.Current.CancellationToken));

        // What is too slow proves that the time has passed.
        await UploadHalfAsync(proxy);

        await EchoAsync(old);
        await EchoAsync(socket);
        backend.Release();
        Assert.Equal("data: 1", await reader.ReadLineAsync(TestContext.Current.CancellationToken).AsTask().WithinAsync("the event"));
    }

    private static async Task EchoAsync(ClientWebSocket socket)
    {
        var buffer = new byte[10];
        await socket.SendAsync("hello"u8.ToArray(), WebSocketMessageType.Text, true, TestContext.Current.CancellationToken);
        var received = await socket.ReceiveAsync(buffer, TestContext.Current.CancellationToken).WithinAsync("the echo");
        Assert.Equal(5, received.Count);
    }

    // Sends half a body and waits to be cut off.
    private static async Task UploadHalfAsync(RunningProxy proxy)
    {
        await using var stream = await proxy.HandshakeAsync();
        var begin = "POST /upload HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100000\r\n\r\n" + new string('x', 50_000);
        await stream.WriteAsync(Encoding.ASCII.GetBytes(begin), TestContext.Current.CancellationToken);
        using var reader = new StreamReader(stream);
        string? answer;
        try
        {
            answer = await reader.ReadLineAsync(TestContext.Current.CancellationToken).AsTask().WithinAsync("the end of the upload");
        }
        catch (IOException e) when (e.InnerException is SocketException)
        {
            answer = null;
        }

        Assert.True(answer is null or "HTTP/1.1 408 Request Timeout", $"it was answered {answer}");
    }
}
