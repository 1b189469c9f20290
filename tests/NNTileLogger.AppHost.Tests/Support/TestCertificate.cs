using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace NNTileLogger.AppHost.Tests.Support;

/// <summary>A certificate of a test, made for a host that is not this one, as people's certificates are.</summary>
internal static class TestCertificate
{
    /// <summary>Writes it and its key into a folder.</summary>
    /// <returns>The AppHost's arguments that name them.</returns>
    public static string[] WriteCertificate(this TempFolder folder)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=logs.example.org", key, HashAlgorithmName.SHA256);
        var now = TimeProvider.System.GetUtcNow();
        using var certificate = request.CreateSelfSigned(now.AddDays(-1), now.AddDays(30));
        return
        [
            "--TLS_CERT_FILE=" + folder.Write("cert.pem", certificate.ExportCertificatePem()),
            "--TLS_KEY_FILE=" + folder.Write("key.pem", key.ExportPkcs8PrivateKeyPem()),
        ];
    }
}
