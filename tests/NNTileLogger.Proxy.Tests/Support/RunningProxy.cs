using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Net.WebSockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Testing;
using Microsoft.Extensions.Time.Testing;
using NNTileLogger.ServiceDefaults;
using Xunit;

namespace NNTileLogger.Proxy.Tests.Support;

/// <summary>The whole proxy within the test's process, on a free loopback port and on a clock that the test sets.</summary>
internal sealed class RunningProxy : IAsyncDisposable
{
    private const int MostSeconds = 60;
    private static readonly TimeSpan _round = TimeSpan.FromMilliseconds(20);

    private readonly WebApplication _app;
    private readonly TempFolder _folder;

    private RunningProxy(WebApplication app, TempFolder folder, FakeTimeProvider time)
    {
        _app = app;
        _folder = folder;
        Time = time;
    }

    public FakeTimeProvider Time { get; }

    public int Port => BindingAddress.Parse(_app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First()).Port;

    public Uri Address => new($"https://localhost:{Port}/");

    public IServiceProvider Services => _app.Services;

    public string CertificateFile => _folder.Path("cert.pem");

    public string KeyFile => _folder.Path("key.pem");

    public IReadOnlyList<string> Warnings =>
        [.. Log.GetSnapshot().Where(record => record.Level >= LogLevel.Warning).Select(record => record.Message)];

    private FakeLogCollector Log => _app.Services.GetFakeLogCollector();

    /// <summary>Starts it with a certificate of its own, or with the files and options that are given.</summary>
    public static async Task<RunningProxy> StartAsync(
        Func<ProxyOptions, ProxyOptions>? change = null, TestCertificate? certificate = null, TempFolder? folder = null)
    {
        folder ??= new TempFolder();
        certificate ??= TestCertificate.Ecdsa();
        var time = new FakeTimeProvider(TimeProvider.System.GetUtcNow());
        var options = new ProxyOptions
        {
            CertificateFile = folder.Write("cert.pem", certificate.Pem),
            KeyFile = folder.Write("key.pem", certificate.KeyPem),
            Address = IPAddress.Loopback,
            Port = 0,
        };
        var builder = ServiceBuilder.Create([]);
        builder.Logging.ClearProviders().AddFakeLogging();
        var app = await ProxyApplication.BuildAsync(builder, change?.Invoke(options) ?? options, time, TestContext.Current.CancellationToken);
        await app.StartAsync(TestContext.Current.CancellationToken);
        return new RunningProxy(app, folder, time);
    }

    public static async Task<RunningProxy> StartAsync(TestBackend backend, Func<ProxyOptions, ProxyOptions>? change = null) =>
        await StartAsync(options => (change?.Invoke(options) ?? options) with { TensorBoard = backend.Address, Live = backend.Address });

    /// <summary>Lets seconds pass one by one until the watcher, or whoever waits, has done what is wanted; gives their number.</summary>
    public async Task<int> PassUntilAsync(Func<Task<bool>> isDone, string what)
    {
        for (var seconds = 1; seconds <= MostSeconds; seconds++)
        {
            Time.Advance(TimeSpan.FromSeconds(1));
            await Task.Delay(_round, TestContext.Current.CancellationToken);
            if (await isDone())
            {
                return seconds;
            }
        }

        Assert.Fail($"not within {MostSeconds} s of the proxy's clock: {what}. Warnings: {string.Join(" | ", Warnings)}");
        return 0;
    }

    /// <summary>Lets seconds pass until new connections are shown this certificate.</summary>
    public Task<int> PassUntilShownAsync(TestCertificate certificate) =>
        PassUntilAsync(async () => await ThumbprintAsync() == certificate.Thumbprint, "the renewed certificate is shown");

    /// <summary>A client that trusts any certificate.</summary>
    public HttpClient Client(bool http1 = false, X509Certificate2? certificate = null)
    {
        var handler = new SocketsHttpHandler { AllowAutoRedirect = false };
        handler.SslOptions.RemoteCertificateValidationCallback = (_, certificate, _, _) => certificate is not null;
        if (certificate is not null)
        {
            handler.SslOptions.ClientCertificates = [certificate];
            handler.SslOptions.LocalCertificateSelectionCallback = (_, _, _, _, _) => certificate;
        }

        return new HttpClient(handler)
        {
            BaseAddress = Address,
            Timeout = Signal.Limit,
            DefaultRequestVersion = http1 ? HttpVersion.Version11 : HttpVersion.Version20,
            DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };
    }

    /// <summary>A WebSocket to the backend's echo.</summary>
    public async Task<ClientWebSocket> SocketAsync(bool http1)
    {
        var handler = new SocketsHttpHandler();
        handler.SslOptions.RemoteCertificateValidationCallback = (_, certificate, _, _) => certificate is not null;
        var socket = new ClientWebSocket();
        socket.Options.HttpVersion = http1 ? HttpVersion.Version11 : HttpVersion.Version20;
        socket.Options.HttpVersionPolicy = HttpVersionPolicy.RequestVersionExact;
        await socket.ConnectAsync(new Uri($"wss://localhost:{Port}/ws"), new HttpMessageInvoker(handler), TestContext.Current.CancellationToken)
            .WithinAsync("the WebSocket");
        return socket;
    }

    /// <summary>A bare connection to the port.</summary>
    public async Task<NetworkStream> ConnectAsync()
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(IPAddress.Loopback, Port, TestContext.Current.CancellationToken);
        return new NetworkStream(socket, ownsSocket: true);
    }

    /// <summary>A connection after its handshake.</summary>
    public async Task<SslStream> HandshakeAsync(SslProtocols protocols = SslProtocols.None, CipherSuitesPolicy? suites = null)
    {
        var stream = new SslStream(await ConnectAsync());
        try
        {
            await stream.AuthenticateAsClientAsync(
                new SslClientAuthenticationOptions
                {
                    TargetHost = "localhost",
                    EnabledSslProtocols = protocols,
                    CipherSuitesPolicy = suites,
                    RemoteCertificateValidationCallback = (_, certificate, _, _) => certificate is not null,
                },
                TestContext.Current.CancellationToken).WithinAsync("the handshake");
            return stream;
        }
        catch
        {
            await stream.DisposeAsync();
            throw;
        }
    }

    /// <summary>The thumbprint that a new connection is shown.</summary>
    public async Task<string> ThumbprintAsync()
    {
        await using var stream = await HandshakeAsync();
        return ((X509Certificate2)stream.RemoteCertificate!).Thumbprint;
    }

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync();
        await _app.DisposeAsync();
        _folder.Dispose();
    }
}
