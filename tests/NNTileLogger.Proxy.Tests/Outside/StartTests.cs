using System.Diagnostics;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text;
using System.Text.RegularExpressions;
using NNTileLogger.Proxy.Tests.Support;
using Xunit;

namespace NNTileLogger.Proxy.Tests.Outside;

/// <summary>The program as a person starts it: what it says, its exit code, and how it ends.</summary>
public sealed partial class StartTests : IDisposable
{
    private readonly TempFolder _folder = new();
    private readonly TestCertificate _pair = TestCertificate.Ecdsa();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Program_WithAPairOfRelativePaths_IsReadyAndEndsWithinItsTimeUnderAnOpenStream()
    {
        _folder.Write("cert.pem", _pair.Pem);
        _folder.Write("key.pem", _pair.EncryptedKeyPem);
        await using var backend = await TestBackend.StartAsync();
        await using var program = ProxyProcess.Start(
            _folder.Root,
            "TLS_CERT_FILE=cert.pem",
            "TLS_KEY_FILE=key.pem",
            "TLS_KEY_PASSWORD=" + TestCertificate.Password,
            "TLS_HOST=127.0.0.1",
            "TLS_PORT=0",
            $"TENSORBOARD_URL={backend.Address}");
        var ready = await program.ReadyLineAsync();
        Assert.EndsWith("let in: everyone.", ready, StringComparison.Ordinal);
        var port = ReadyPort().Match(ready).Groups[1].Value;
        using var handler = new SocketsHttpHandler();
        handler.SslOptions.RemoteCertificateValidationCallback = (_, certificate, _, _) => certificate is not null;
        using var client = new HttpClient(handler);
        using var request = new HttpRequestMessage(HttpMethod.Get, $"https://localhost:{port}/steps");
        request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("text/event-stream"));
        using var stream = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, TestContext.Current.CancellationToken);

        Assert.Equal(0, await ProbeAsync(port));
        var clock = Stopwatch.StartNew();
        program.SendTerminate();
        var said = await program.EndAsync();

        Assert.True(program.ExitCode == 0, $"exit code {program.ExitCode}\n{said}");
        Assert.True(clock.Elapsed < TimeSpan.FromSeconds(3), $"it took {clock.Elapsed.TotalSeconds:F1} s to end under an event stream\n{said}");
        Assert.DoesNotContain(TestCertificate.Password, said, StringComparison.Ordinal);
        Assert.Equal(1, await ProbeAsync(port));
        Assert.DoesNotContain("   at ", said, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Program_StartedInAFolderOfSomebodyElse_NeitherReadsItsSettingsNorWatchesIt()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "what a process watches is read from /proc");
        _folder.Write("cert.pem", _pair.Pem);
        _folder.Write("key.pem", _pair.KeyPem);
        _folder.Write("appsettings.json", """{"TLS_HOST": "of another program"}""");
        await using var program = ProxyProcess.Start(
            _folder.Root, "TLS_CERT_FILE=cert.pem", "TLS_KEY_FILE=key.pem", "TLS_PORT=0", "TENSORBOARD_URL=http://127.0.0.1:1");
        await program.ReadyLineAsync();

        Assert.DoesNotContain(
            Directory.EnumerateFiles($"/proc/{program.Id}/fdinfo").Select(File.ReadAllText),
            descriptor => descriptor.Contains("inotify", StringComparison.Ordinal));
        program.SendTerminate();
        await program.EndAsync();
    }

    [Fact]
    public async Task Program_FilesThatCannotBeUsed_SaysAllOfThemWithoutSecretsAndEndsWith1()
    {
        var cert = _folder.Write("cert.pem", _pair.Pem);
        var key = _folder.Write("key.pem", _pair.EncryptedKeyPem);
        var users = _folder.Write("users", "anna:{SHA}SECRETSECRETSECRETSECRETSEC=");
        await using var program = ProxyProcess.Start(
            _folder.Root,
            $"TLS_CERT_FILE={cert}",
            $"TLS_KEY_FILE={key}",
            "TLS_KEY_PASSWORD=SECRET-of-no-key",
            $"PROXY_AUTH_FILE={users}",
            "PROXY_TOKEN_FILE=missing",
            "TLS_CLIENT_CA_FILE=missing-too");

        var said = await program.EndAsync();

        Assert.True(program.ExitCode == 1, $"exit code {program.ExitCode}\n{said}");
        Assert.Contains($"TLS_KEY_FILE={key}: TLS_KEY_PASSWORD (set, not shown) does not open the key", said, StringComparison.Ordinal);
        Assert.Contains($"PROXY_AUTH_FILE={users}: line 1, user anna", said, StringComparison.Ordinal);
        Assert.Contains($"PROXY_TOKEN_FILE={_folder.Path("missing")}: there is no such file", said, StringComparison.Ordinal);
        Assert.Contains($"TLS_CLIENT_CA_FILE={_folder.Path("missing-too")}: there is no such file", said, StringComparison.Ordinal);
        Assert.DoesNotContain("SECRET", said, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", said, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Program_AskedWithPasswordsAndTokens_SaysNoneOfThem()
    {
        const string Password = "SECRET-of-anna", Token = "SECRET-0123456789abcdef0123456789ab", Wrong = "SECRET-that-is-wrong";
        _folder.Write("cert.pem", _pair.Pem);
        _folder.Write("key.pem", _pair.KeyPem);
        var hash = BCrypt.Net.BCrypt.HashPassword(Password, 4);
        _folder.Write("users", $"anna:{hash}\n");
        _folder.Write("tokens", Token + "\n");
        await using var backend = await TestBackend.StartAsync();
        await using var program = ProxyProcess.Start(
            _folder.Root,
            "TLS_CERT_FILE=cert.pem",
            "TLS_KEY_FILE=key.pem",
            "TLS_HOST=127.0.0.1",
            "TLS_PORT=0",
            "PROXY_AUTH_FILE=users",
            "PROXY_TOKEN_FILE=tokens",
            "OTEL_EXPORTER_OTLP_ENDPOINT=http://127.0.0.1:9",
            "OTEL_EXPORTER_OTLP_HEADERS=api-key=SECRET-of-telemetry",
            $"TENSORBOARD_URL={backend.Address}");
        var port = ReadyPort().Match(await program.ReadyLineAsync()).Groups[1].Value;
        using var handler = new SocketsHttpHandler();
        handler.SslOptions.RemoteCertificateValidationCallback = (_, certificate, _, _) => certificate is not null;
        using var client = new HttpClient(handler) { BaseAddress = new Uri($"https://localhost:{port}/") };
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(client, Basic("anna", Password), "?token=SECRET-in-a-query"));
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(client, new AuthenticationHeaderValue("Bearer", Token)));
        Assert.Equal(HttpStatusCode.Unauthorized, await StatusAsync(client, Basic("anna", Wrong)));
        Assert.Equal(HttpStatusCode.Unauthorized, await StatusAsync(client, new AuthenticationHeaderValue("Bearer", Wrong)));
        // With a user whose hash is none, beside the one who has one.
        _folder.Write("users", $"anna:{hash}\nbert:SECRET-no-hash\n");
        await program.SaysAsync("bert");
        program.SendTerminate();

        var said = await program.EndAsync();

        Assert.DoesNotContain("SECRET", said, StringComparison.Ordinal);
        Assert.DoesNotContain(hash, said, StringComparison.Ordinal);
        Assert.DoesNotContain(Basic("anna", Password).Parameter!, said, StringComparison.Ordinal);
        Assert.DoesNotContain(Basic("anna", Wrong).Parameter!, said, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Program_PortInUse_SaysWhichAndEndsWith1()
    {
        using var holder = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        holder.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        holder.Listen();
        var port = ((IPEndPoint)holder.LocalEndPoint!).Port;
        _folder.Write("cert.pem", _pair.Pem);
        _folder.Write("key.pem", _pair.KeyPem);
        await using var program = ProxyProcess.Start(
            _folder.Root, "TLS_CERT_FILE=cert.pem", "TLS_KEY_FILE=key.pem", "TLS_HOST=127.0.0.1", $"TLS_PORT={port}");

        var said = await program.EndAsync();

        Assert.True(program.ExitCode == 1, $"exit code {program.ExitCode}\n{said}");
        Assert.Contains($"TLS_PORT={port}: the port is in use", said, StringComparison.Ordinal);
    }

    private static AuthenticationHeaderValue Basic(string user, string password) =>
        new("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"{user}:{password}")));

    private static async Task<HttpStatusCode> StatusAsync(HttpClient client, AuthenticationHeaderValue credentials, string path = "")
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        request.Headers.Authorization = credentials;
        using var answer = await client.SendAsync(request, TestContext.Current.CancellationToken);
        return answer.StatusCode;
    }

    private async Task<int> ProbeAsync(string port)
    {
        await using var probe = ProxyProcess.Start(
            _folder.Root, "TLS_CERT_FILE=cert.pem", "TLS_KEY_FILE=key.pem", "TLS_HOST=127.0.0.1", $"TLS_PORT={port}", "--healthcheck");
        await probe.EndAsync();
        return probe.ExitCode;
    }

    [GeneratedRegex(@"Ready: https://localhost:(\d+),")]
    private static partial Regex ReadyPort();
}
