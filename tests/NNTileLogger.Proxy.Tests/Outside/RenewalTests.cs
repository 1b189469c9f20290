using System.Net;
using System.Runtime.InteropServices;
using System.Security.Cryptography.X509Certificates;
using NNTileLogger.Proxy.Tests.Support;
using Xunit;

namespace NNTileLogger.Proxy.Tests.Outside;

/// <summary>Certificates renewed in every way that programs do it, seen by clients that connect and clients that are connected.</summary>
public sealed class RenewalTests
{
    private readonly TestCertificate _next = TestCertificate.Ecdsa("renewed");

    [Fact]
    public async Task Renewal_FilesWrittenOver_IsShownToNewConnections()
    {
        await using var proxy = await RunningProxy.StartAsync();

        await File.WriteAllTextAsync(proxy.CertificateFile, _next.Pem, TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(proxy.KeyFile, _next.KeyPem, TestContext.Current.CancellationToken);
        var seconds = await proxy.PassUntilShownAsync(_next);

        Assert.InRange(seconds, 1, 5);
        Assert.Empty(proxy.Warnings);
    }

    [Fact]
    public async Task Renewal_LetsEncryptLinksRenamed_IsShown()
    {
        var folder = new TempFolder();
        var first = TestCertificate.Ecdsa();
        LetsEncrypt(folder, 1, first);
        await using var proxy = await RunningProxy.StartAsync(
            options => options with { CertificateFile = folder.Path("live/fullchain.pem"), KeyFile = folder.Path("live/privkey.pem") }, first, folder);
        Assert.Equal(first.Thumbprint, await proxy.ThumbprintAsync());

        LetsEncrypt(folder, 2, _next);
        await proxy.PassUntilShownAsync(_next);

        Assert.Empty(proxy.Warnings);
    }

    [Fact]
    public async Task Renewal_KubernetesDataSwapped_IsShown()
    {
        var folder = new TempFolder();
        var first = TestCertificate.Ecdsa();
        Kubernetes(folder, "..2026_01", first);
        File.CreateSymbolicLink(folder.Path("tls.crt"), "..data/tls.crt");
        File.CreateSymbolicLink(folder.Path("tls.key"), "..data/tls.key");
        await using var proxy = await RunningProxy.StartAsync(
            options => options with { CertificateFile = folder.Path("tls.crt"), KeyFile = folder.Path("tls.key") }, first, folder);
        Assert.Equal(first.Thumbprint, await proxy.ThumbprintAsync());

        Kubernetes(folder, "..2026_02", _next);
        Directory.Delete(folder.Path("..2026_01"), recursive: true);
        await proxy.PassUntilShownAsync(_next);

        Assert.Empty(proxy.Warnings);
    }

    [Fact]
    public async Task Renewal_KeyThenHalfThenWholeCertificate_ServesTheOldUntilBothAreThere()
    {
        var first = TestCertificate.Ecdsa();
        await using var proxy = await RunningProxy.StartAsync(certificate: first);

        await File.WriteAllTextAsync(proxy.KeyFile, _next.KeyPem, TestContext.Current.CancellationToken);
        await proxy.PassUntilAsync(() => Task.FromResult(proxy.Warnings.Count == 1), "the warning about the key");
        Assert.Contains("not the key of the certificate", proxy.Warnings[0], StringComparison.Ordinal);
        Assert.Equal(first.Thumbprint, await proxy.ThumbprintAsync());

        await File.WriteAllTextAsync(proxy.CertificateFile, _next.Pem[..(_next.Pem.Length / 2)], TestContext.Current.CancellationToken);
        await proxy.PassUntilAsync(() => Task.FromResult(proxy.Warnings.Count == 2), "the warning about the half certificate");
        Assert.Contains("it is cut", proxy.Warnings[1], StringComparison.Ordinal);
        Assert.Equal(first.Thumbprint, await proxy.ThumbprintAsync());
        using var client = proxy.Client();
        Assert.Contains("TLS_CERT_FILE: it is cut", await client.GetStringAsync("/health", TestContext.Current.CancellationToken), StringComparison.Ordinal);

        await File.WriteAllTextAsync(proxy.CertificateFile, _next.Pem, TestContext.Current.CancellationToken);
        await proxy.PassUntilShownAsync(_next);
        Assert.DoesNotContain("TLS_", await client.GetStringAsync("/health", TestContext.Current.CancellationToken), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Renewal_UnderFiftyConnectionsAndADownload_DropsNone()
    {
        await using var backend = await TestBackend.StartAsync();
        var first = TestCertificate.Ecdsa();
        await using var proxy = await RunningProxy.StartAsync(
            options => options with { TensorBoard = backend.Address, Live = backend.Address }, first);
        var connections = await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => proxy.HandshakeAsync()));
        using var client = proxy.Client();
        backend.Release(5);
        using var download = await client.GetAsync("/steps?type=application/octet-stream", HttpCompletionOption.ResponseHeadersRead, TestContext.Current.CancellationToken);
        await using var body = await download.Content.ReadAsStreamAsync(TestContext.Current.CancellationToken);
        using var reader = new StreamReader(body);
        Assert.Equal("data: 1", await reader.ReadLineAsync(TestContext.Current.CancellationToken).AsTask().WithinAsync("the first part of the download"));

        await File.WriteAllTextAsync(proxy.KeyFile, _next.KeyPem, TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(proxy.CertificateFile, _next.Pem, TestContext.Current.CancellationToken);
        await proxy.PassUntilShownAsync(_next);

        foreach (var connection in connections)
        {
            await using var own = connection;
            Assert.Equal(first.Thumbprint, ((X509Certificate2)connection.RemoteCertificate!).Thumbprint);
            await connection.WriteAsync("GET /alive HTTP/1.1\r\nHost: localhost\r\n\r\n"u8.ToArray(), TestContext.Current.CancellationToken);
            using var answer = new StreamReader(connection);
            Assert.Equal("HTTP/1.1 200 OK", await answer.ReadLineAsync(TestContext.Current.CancellationToken).AsTask().WithinAsync("the answer over an old connection"));
        }

        backend.Release(5);
        var rest = await reader.ReadToEndAsync(TestContext.Current.CancellationToken).WithinAsync("the rest of the download");
        Assert.Equal(9, rest.Split("data: ").Length - 1);
        Assert.EndsWith("data: 10\n\n", rest, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.OK, download.StatusCode);
    }

    // As certbot does: new files in the archive, then each link is made beside the old one and renamed over it.
    private static void LetsEncrypt(TempFolder folder, int number, TestCertificate certificate)
    {
        folder.Write($"archive/fullchain{number}.pem", certificate.Pem);
        folder.Write($"archive/privkey{number}.pem", certificate.KeyPem);
        Directory.CreateDirectory(folder.Path("live"));
        foreach (var name in (string[])["privkey", "fullchain"])
        {
            var link = folder.Path($"live/{name}.pem");
            File.CreateSymbolicLink(link + ".new", $"../archive/{name}{number}.pem");
            File.Move(link + ".new", link, overwrite: true);
        }
    }

    // As the kubelet does: a new folder, and the link ..data renamed to it.
    private static void Kubernetes(TempFolder folder, string version, TestCertificate certificate)
    {
        folder.Write($"{version}/tls.crt", certificate.Pem);
        folder.Write($"{version}/tls.key", certificate.KeyPem);
        File.CreateSymbolicLink(folder.Path("..data_tmp"), version);
        Assert.Equal(0, Rename(folder.Path("..data_tmp"), folder.Path("..data")));
    }

    // .NET moves no link to a folder over another.
    [DllImport("libc", EntryPoint = "rename", CharSet = CharSet.Ansi, BestFitMapping = false, ThrowOnUnmappableChar = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Rename(string from, string to);
}
