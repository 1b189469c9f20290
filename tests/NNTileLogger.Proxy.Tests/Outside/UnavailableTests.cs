using System.Net;
using System.Net.Sockets;
using NNTileLogger.Proxy.Tests.Support;
using Xunit;

namespace NNTileLogger.Proxy.Tests.Outside;

/// <summary>What people and scripts are told while a backend is not there, and that it is found when it comes.</summary>
public sealed class UnavailableTests
{
    [Fact]
    public async Task Backend_Down_IsSaidToABrowserByAPageThatReloads()
    {
        await using var proxy = await StartWithoutBackendsAsync(FreePort());
        using var client = proxy.Client();
        client.DefaultRequestHeaders.Add("Accept", "text/html,application/xhtml+xml");

        using var answer = await client.GetAsync("/", Cancellation);

        var page = await answer.Content.ReadAsStringAsync(Cancellation);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.StatusCode);
        Assert.Equal("text/html", answer.Content.Headers.ContentType!.MediaType);
        Assert.Contains("http-equiv=\"refresh\"", page, StringComparison.Ordinal);
        Assert.Contains("TensorBoard is not answering yet", page, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/data/runs", "TensorBoard")]
    [InlineData("/live/api/sessions", "The live page")]
    public async Task Backend_Down_IsSaidToAScriptInALine(string path, string title)
    {
        await using var proxy = await StartWithoutBackendsAsync(FreePort());
        using var client = proxy.Client();

        using var answer = await client.GetAsync(path, Cancellation);

        Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.StatusCode);
        Assert.Equal("3", answer.Headers.GetValues("Retry-After").Single());
        Assert.StartsWith($"503: {title} is not answering yet.", await answer.Content.ReadAsStringAsync(Cancellation), StringComparison.Ordinal);
        Assert.Contains(title + " does not answer at http://127.0.0.1:", Assert.Single(proxy.Warnings), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Backend_ThatComes_IsFoundAtOnce()
    {
        var port = FreePort();
        await using var proxy = await StartWithoutBackendsAsync(port);
        using var client = proxy.Client();
        using var early = await client.GetAsync("/", Cancellation);

        await using var backend = await TestBackend.StartAsync(port);

        Assert.Equal(HttpStatusCode.ServiceUnavailable, early.StatusCode);
        Assert.Equal("GET /", await client.GetStringAsync("/", Cancellation));
    }

    [Fact]
    public async Task Backend_ThatGoes_IsSaidAndFoundAgain()
    {
        await using var first = await TestBackend.StartAsync();
        await using var proxy = await RunningProxy.StartAsync(first);
        using var client = proxy.Client();
        Assert.Equal("GET /", await client.GetStringAsync("/", Cancellation));

        await first.DisposeAsync();
        using var gone = await client.GetAsync("/", Cancellation);
        await using var second = await TestBackend.StartAsync(first.Port);

        Assert.Equal(HttpStatusCode.ServiceUnavailable, gone.StatusCode);
        Assert.Equal("GET /", await client.GetStringAsync("/", Cancellation));
    }

    [Fact]
    public async Task Backend_ThatTakesTooLong_IsSaidSo()
    {
        await using var backend = await TestBackend.StartAsync();
        await using var proxy = await RunningProxy.StartAsync(backend, options => options with { Idle = TimeSpan.FromSeconds(0.5) });
        using var client = proxy.Client();

        using var answer = await client.GetAsync("/silent", Cancellation);

        Assert.Equal(HttpStatusCode.GatewayTimeout, answer.StatusCode);
        Assert.StartsWith("504: TensorBoard took too long to answer.", await answer.Content.ReadAsStringAsync(Cancellation), StringComparison.Ordinal);
    }

    [Fact]
    public async Task EventStream_SilentBeyondTheIdleLimit_LivesOn()
    {
        await using var backend = await TestBackend.StartAsync();
        await using var proxy = await RunningProxy.StartAsync(backend, options => options with { Idle = TimeSpan.FromSeconds(0.3) });
        using var client = proxy.Client();
        client.DefaultRequestHeaders.Add("Accept", "text/event-stream");
        using var stream = await client.GetAsync("/steps", HttpCompletionOption.ResponseHeadersRead, Cancellation);
        using var reader = new StreamReader(await stream.Content.ReadAsStreamAsync(Cancellation));

        // An ordinary request that begins now and is given up proves that the limit has passed.
        client.DefaultRequestHeaders.Clear();
        using var ordinary = await client.GetAsync("/silent", Cancellation);
        backend.Release();

        Assert.Equal(HttpStatusCode.GatewayTimeout, ordinary.StatusCode);
        Assert.Equal("data: 1", await reader.ReadLineAsync(Cancellation).AsTask().WithinAsync("the event after the silence"));
    }

    [Fact]
    public async Task Health_BackendsDownAndUp_IsDegradedAndHealthy()
    {
        var port = FreePort();
        await using var proxy = await StartWithoutBackendsAsync(port);
        using var client = proxy.Client();

        var down = await client.GetStringAsync("/health", Cancellation);
        await using var backend = await TestBackend.StartAsync(port);
        proxy.Time.Advance(TimeSpan.FromSeconds(3));
        var up = await client.GetStringAsync("/health", Cancellation);

        Assert.Contains("\"status\":\"Degraded\"", down, StringComparison.Ordinal);
        Assert.Contains("\"tensorboard\":\"not reachable", down, StringComparison.Ordinal);
        Assert.Contains("\"status\":\"Healthy\",\"reasons\":[]", up, StringComparison.Ordinal);
        Assert.Contains("\"tensorboard\":\"up\",\"live\":\"up\"", up, StringComparison.Ordinal);
        Assert.Contains("\"daysToExpiry\":60,", up, StringComparison.Ordinal);
    }

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private static Task<RunningProxy> StartWithoutBackendsAsync(int port)
    {
        var nowhere = new Uri($"http://127.0.0.1:{port}");
        return RunningProxy.StartAsync(options => options with { TensorBoard = nowhere, Live = nowhere });
    }

    private static int FreePort()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return ((IPEndPoint)socket.LocalEndPoint!).Port;
    }
}
