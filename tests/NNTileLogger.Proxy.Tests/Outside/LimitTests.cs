using System.Net;
using System.Net.Http.Headers;
using System.Text;
using NNTileLogger.Proxy.Tests.Support;
using Xunit;

namespace NNTileLogger.Proxy.Tests.Outside;

/// <summary>Slow, silent and greedy clients: they are cut off, and others do not notice them.</summary>
public sealed class LimitTests
{
    private const int IdleClients = 1000;

    [Fact]
    public async Task Client_ThatNeverSpeaks_IsClosedAfterTheHandshakesTime()
    {
        await using var proxy = await RunningProxy.StartAsync(options => options with { HandshakeTimeout = TimeSpan.FromSeconds(0.5) });

        await using var stream = await proxy.ConnectAsync();

        await AssertClosedAsync(stream);
    }

    [Theory]
    [InlineData("16")]
    [InlineData("160301020001")]
    [InlineData("474554202f")]
    public async Task Client_ThatStopsWithinItsFirstBytes_IsClosedAfterTheHandshakesTime(string bytes)
    {
        await using var proxy = await RunningProxy.StartAsync(options => options with { HandshakeTimeout = TimeSpan.FromSeconds(0.5) });
        await using var stream = await proxy.ConnectAsync();

        await stream.WriteAsync(Convert.FromHexString(bytes), Cancellation);

        await AssertClosedAsync(stream);
    }

    [Fact]
    public async Task Client_ThatSendsHeadersSlowly_IsClosedAfterTheHeadersTime()
    {
        await using var proxy = await RunningProxy.StartAsync(options => options with { HeaderTimeout = TimeSpan.FromSeconds(1) });
        await using var stream = await proxy.HandshakeAsync();
        await stream.WriteAsync("GET / HTTP/1.1\r\nHost: localhost\r\n"u8.ToArray(), Cancellation);

        // Slowloris: another header whenever the last one has gone out.
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        var dripping = Task.Run(
            async () =>
            {
                using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(100));
                while (await timer.WaitForNextTickAsync(stop.Token))
                {
                    await stream.WriteAsync("X-a: b\r\n"u8.ToArray(), stop.Token);
                }
            },
            stop.Token);
        using var reader = new StreamReader(stream);
        string answer;
        try
        {
            answer = await reader.ReadToEndAsync(Cancellation).WithinAsync("the end of the slow request");
        }
        catch (IOException)
        {
            answer = "HTTP/1.1 408";
        }

        await stop.CancelAsync();
        await Record.ExceptionAsync(() => dripping);
        Assert.StartsWith("HTTP/1.1 408", answer, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Client_IdleAfterAnAnswer_IsClosedAfterTheKeepAliveTime()
    {
        await using var proxy = await RunningProxy.StartAsync(options => options with { KeepAlive = TimeSpan.FromSeconds(1) });
        await using var stream = await proxy.HandshakeAsync();
        await stream.WriteAsync("GET /alive HTTP/1.1\r\nHost: localhost\r\n\r\n"u8.ToArray(), Cancellation);

        await AssertClosedAsync(stream);
    }

    [Fact]
    public async Task Client_WithTooLongHeaders_IsToldSo()
    {
        await using var proxy = await RunningProxy.StartAsync(options => options with { MaxHeaderBytes = 8 * 1024 });
        using var client = proxy.Client(http1: true);
        client.DefaultRequestHeaders.Add("X-Long", new string('x', 9 * 1024));

        using var answer = await client.GetAsync("/", Cancellation);

        Assert.Equal(HttpStatusCode.RequestHeaderFieldsTooLarge, answer.StatusCode);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Client_WithTooLongABody_IsToldTheLimitsName(bool http1)
    {
        await using var backend = await TestBackend.StartAsync();
        await using var proxy = await RunningProxy.StartAsync(backend, options => options with { MaxBodyBytes = 1024 * 1024 });
        using var client = proxy.Client(http1);
        using var body = new ByteArrayContent(new byte[2 * 1024 * 1024]);

        // A client of HTTP/1.1 hears of it in time if it asks before it sends the body, as curl does.
        client.DefaultRequestHeaders.ExpectContinue = http1;

        using var answer = await client.PostAsync("/", body, Cancellation);

        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, answer.StatusCode);
        Assert.Contains("PROXY_MAX_BODY_MB", await answer.Content.ReadAsStringAsync(Cancellation), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Grpc_ForWhichLimitsWouldBeLifted_DoesNotPass()
    {
        await using var backend = await TestBackend.StartAsync();
        await using var proxy = await RunningProxy.StartAsync(backend);
        using var client = proxy.Client();
        using var body = new ByteArrayContent([1]) { Headers = { ContentType = new MediaTypeHeaderValue("application/grpc") } };

        using var answer = await client.PostAsync("/", body, Cancellation);

        Assert.Equal(HttpStatusCode.UnsupportedMediaType, answer.StatusCode);
        Assert.Empty(backend.Requests);
    }

    [Fact]
    public async Task Connections_BeyondTheCap_AreClosedAndTheirPlaceIsFreedAgain()
    {
        await using var proxy = await RunningProxy.StartAsync(options => options with { MaxConnections = 2 });
        await using var first = await proxy.HandshakeAsync();
        var second = await proxy.HandshakeAsync();

        await using (var third = await proxy.ConnectAsync())
        {
            await AssertClosedAsync(third);
        }

        await second.DisposeAsync();
        await Signal.TrueAsync(
            async () =>
            {
                using var client = proxy.Client();
                return await Record.ExceptionAsync(() => client.GetStringAsync("/alive", Cancellation)) is null;
            },
            "a connection in the place of the one that left");
    }

    [Fact]
    public async Task IdleClients_AThousandOfThem_DisturbNobodyAndAreClosed()
    {
        await using var backend = await TestBackend.StartAsync();
        await using var proxy = await RunningProxy.StartAsync(backend, options => options with { HandshakeTimeout = TimeSpan.FromSeconds(4) });
        var idle = new List<Stream>();
        try
        {
            for (var count = 0; count < IdleClients; count++)
            {
                idle.Add(await proxy.ConnectAsync());
            }

            using var client = proxy.Client(http1: true);
            for (var request = 0; request < 10; request++)
            {
                Assert.Equal("GET /", await client.GetStringAsync("/", Cancellation));
            }

            await Task.WhenAll(idle.Select(AssertClosedAsync));
            Assert.Equal("GET /", await client.GetStringAsync("/", Cancellation));
        }
        finally
        {
            idle.ForEach(stream => stream.Dispose());
        }
    }

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private static async Task AssertClosedAsync(Stream stream)
    {
        using var reader = new StreamReader(stream, Encoding.Latin1, leaveOpen: true);
        try
        {
            await reader.ReadToEndAsync(Cancellation).WithinAsync("the end of the connection");
        }
        catch (IOException)
        {
            // Reset: closed as well.
        }
    }
}
