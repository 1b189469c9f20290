using System.ComponentModel;
using System.Diagnostics;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Runtime.Versioning;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using NNTileLogger.Proxy.Tests.Support;
using Xunit;

namespace NNTileLogger.Proxy.Tests.Outside;

/// <summary>The handshake: protocols, ciphers, chain, clients' certificates, and those who do not speak TLS.</summary>
public sealed class TlsTests
{
    [Theory]
    [InlineData(SslProtocols.Tls12)]
    [InlineData(SslProtocols.Tls13)]
    public async Task Handshake_ProtocolOfToday_Succeeds(SslProtocols protocol)
    {
        await using var proxy = await RunningProxy.StartAsync();

        await using var stream = await proxy.HandshakeAsync(protocol);

        Assert.Equal(protocol, stream.SslProtocol);
    }

    [Fact]
    public async Task Handshake_RsaCertificate_Succeeds()
    {
        var rsa = TestCertificate.Rsa();
        await using var proxy = await RunningProxy.StartAsync(certificate: rsa);

        Assert.Equal(rsa.Thumbprint, await proxy.ThumbprintAsync());
    }

    [SupportedOSPlatform("linux")]
    [Theory]
    [InlineData(TlsCipherSuite.TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384, true)]
    [InlineData(TlsCipherSuite.TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256, true)]
    [InlineData(TlsCipherSuite.TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256, false)]
    public async Task Handshake_Suite_IsTakenOnlyIfMozillaRecommendsIt(TlsCipherSuite suite, bool isTaken)
    {
        await using var proxy = await RunningProxy.StartAsync();

        var failure = await Record.ExceptionAsync(async () =>
        {
            await using var stream = await proxy.HandshakeAsync(SslProtocols.Tls12, new CipherSuitesPolicy([suite]));
        });

        Assert.Equal(isTaken, failure is null);
    }

    [Fact]
    public async Task Handshake_Chain_ReachesAClientThatKnowsTheRootAlone()
    {
        var root = TestCertificate.Authority("root");
        var intermediate = TestCertificate.Authority("intermediate", root);
        var leaf = intermediate.Issue();
        var folder = new TempFolder();
        var chain = folder.Write("chain.pem", leaf.Pem + intermediate.Pem);
        await using var proxy = await RunningProxy.StartAsync(options => options with { CertificateFile = chain }, leaf, folder);
        var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        policy.CustomTrustStore.Add(root.Certificate);

        await using var stream = new SslStream(await proxy.ConnectAsync());
        await stream.AuthenticateAsClientAsync(
            new SslClientAuthenticationOptions { TargetHost = "localhost", CertificateChainPolicy = policy }, Cancellation);

        Assert.True(stream.IsAuthenticated);
    }

    [Fact]
    public async Task PlainHttp_OnThePort_IsSentToHttps()
    {
        await using var proxy = await RunningProxy.StartAsync();

        var answer = await TalkAsync(proxy, $"GET /a/b?c=1 HTTP/1.1\r\nHost: localhost:{proxy.Port}\r\n\r\n");

        Assert.StartsWith("HTTP/1.1 307 Temporary Redirect\r\n", answer, StringComparison.Ordinal);
        Assert.Contains($"\r\nLocation: https://localhost:{proxy.Port}/a/b?c=1\r\n", answer, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("GET / HTTP/1.0\r\n\r\n")]
    [InlineData("GET / HTTP/1.1\r\nHost: <script>\r\n\r\n")]
    [InlineData("HELO there\r\n\r\n")]
    public async Task PlainHttp_WithoutAUsableHost_IsToldToUseHttps(string request)
    {
        await using var proxy = await RunningProxy.StartAsync();

        var answer = await TalkAsync(proxy, request);

        Assert.StartsWith("HTTP/1.1 400 Bad Request\r\n", answer, StringComparison.Ordinal);
        Assert.Contains("This port speaks https", answer, StringComparison.Ordinal);
        Assert.DoesNotContain("script", answer, StringComparison.Ordinal);
    }

    [Fact]
    public async Task OtherProtocol_OnThePort_IsClosed()
    {
        await using var proxy = await RunningProxy.StartAsync();

        Assert.Equal("", await TalkAsync(proxy, "\0\u0001binary"));
    }

    [Theory]
    [InlineData("-tls1_2")]
    [InlineData("-tls1_3")]
    public async Task Connection_ClosedByTheProxy_EndsWithTheRecordThatSaysSo(string protocol)
    {
        await using var proxy = await RunningProxy.StartAsync();
        var start = new ProcessStartInfo("openssl", ["s_client", "-quiet", protocol, "-connect", $"127.0.0.1:{proxy.Port}"])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        Process openssl;
        try
        {
            openssl = Process.Start(start)!;
        }
        catch (Win32Exception)
        {
            Assert.Skip("there is no openssl here");
            return;
        }

        using (openssl)
        {
            await openssl.StandardInput.WriteAsync("GET /alive HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
            await openssl.StandardInput.FlushAsync(Cancellation);
            var said = await openssl.StandardError.ReadToEndAsync(Cancellation).WithinAsync("the end of openssl s_client");

            Assert.Contains("Healthy", await openssl.StandardOutput.ReadToEndAsync(Cancellation), StringComparison.Ordinal);
            Assert.DoesNotContain("unexpected eof", said, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Hsts_OnlyWhenAskedFor_IsSaid()
    {
        await using var without = await RunningProxy.StartAsync();
        await using var with = await RunningProxy.StartAsync(options => options with { Hsts = true });
        using var plainClient = without.Client();
        using var client = with.Client();

        using var plain = await plainClient.GetAsync("/alive", Cancellation);
        using var strict = await client.GetAsync("/alive", Cancellation);

        Assert.False(plain.Headers.Contains("Strict-Transport-Security"));
        Assert.Equal("max-age=31536000", strict.Headers.GetValues("Strict-Transport-Security").Single());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task ClientCertificate_AskedFor_LetsInOnlyThoseOfTheAuthority(bool http1)
    {
        await using var backend = await TestBackend.StartAsync();
        var authority = TestCertificate.Authority("clients");
        var folder = new TempFolder();
        var file = folder.Write("clients.pem", authority.Pem);
        await using var proxy = await RunningProxy.StartAsync(
            options => options with { ClientAuthorityFile = file, TensorBoard = backend.Address }, folder: folder);
        const string ForClients = "1.3.6.1.5.5.7.3.2";

        Assert.Equal(HttpStatusCode.OK, await StatusAsync("/", authority.Issue("anna", ForClients).WithKey));
        Assert.Equal(HttpStatusCode.Forbidden, await StatusAsync("/", null));
        Assert.Equal(HttpStatusCode.Forbidden, await StatusAsync("/", TestCertificate.Authority("other").Issue("anna", ForClients).WithKey));
        Assert.Equal(HttpStatusCode.OK, await StatusAsync("/health", null));

        async Task<HttpStatusCode> StatusAsync(string path, X509Certificate2? certificate)
        {
            using var client = proxy.Client(http1, certificate);
            using var answer = await client.GetAsync(path, Cancellation);
            return answer.StatusCode;
        }
    }

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private static async Task<string> TalkAsync(RunningProxy proxy, string text)
    {
        await using var stream = await proxy.ConnectAsync();
        await stream.WriteAsync(Encoding.Latin1.GetBytes(text), Cancellation);
        using var reader = new StreamReader(stream);
        try
        {
            return await reader.ReadToEndAsync(Cancellation).WithinAsync("the answer and the end of the connection");
        }
        catch (IOException e) when (e.InnerException is SocketException { SocketErrorCode: SocketError.ConnectionReset })
        {
            return "";
        }
    }
}
