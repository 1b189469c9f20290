using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace NNTileLogger.Proxy.Tests.Support;

/// <summary>A certificate made for a test with its key, both as PEM: of any date, key and issuer.</summary>
internal sealed class TestCertificate
{
    public const string Password = "päss word 7";

    private static readonly PbeParameters _encryption = new(PbeEncryptionAlgorithm.Aes256Cbc, HashAlgorithmName.SHA256, 10_000);
    private readonly AsymmetricAlgorithm _key;

    private TestCertificate(X509Certificate2 certificate, AsymmetricAlgorithm key)
    {
        Certificate = certificate;
        _key = key;
    }

    /// <summary>The certificate, without its key.</summary>
    public X509Certificate2 Certificate { get; }

    public string Thumbprint => Certificate.Thumbprint;

    public string Pem => Certificate.ExportCertificatePem() + "\n";

    public string KeyPem => _key.ExportPkcs8PrivateKeyPem() + "\n";

    /// <summary>The key in the form of its kind: RSA PRIVATE KEY or EC PRIVATE KEY.</summary>
    public string OldKeyPem => (_key is RSA rsa ? rsa.ExportRSAPrivateKeyPem() : ((ECDsa)_key).ExportECPrivateKeyPem()) + "\n";

    public string EncryptedKeyPem => _key.ExportEncryptedPkcs8PrivateKeyPem(Password, _encryption) + "\n";

    /// <summary>The certificate with its key, for a client.</summary>
    public X509Certificate2 WithKey => Certificate.CopyWithPrivateKey((ECDsa)_key);

    public static TestCertificate Ecdsa(string name = "localhost", DateTimeOffset? from = null, DateTimeOffset? to = null) =>
        Make(name, ECDsa.Create(ECCurve.NamedCurves.nistP256), null, false, from, to);

    public static TestCertificate Rsa(int bits = 2048) => Make("localhost", RSA.Create(bits), null, false, null, null);

    public static TestCertificate Authority(string name, TestCertificate? issuer = null) =>
        Make(name, ECDsa.Create(ECCurve.NamedCurves.nistP256), issuer, true, null, null);

    /// <summary>One issued by this authority, for servers or for clients.</summary>
    public TestCertificate Issue(string name = "localhost", string purpose = "1.3.6.1.5.5.7.3.1") =>
        Make(name, ECDsa.Create(ECCurve.NamedCurves.nistP256), this, false, null, null, purpose);

    private static TestCertificate Make(
        string name, AsymmetricAlgorithm key, TestCertificate? issuer, bool isAuthority, DateTimeOffset? from, DateTimeOffset? to, string? purpose = null)
    {
        var subject = new X500DistinguishedName("CN=" + name);
        var request = key is RSA rsa
            ? new CertificateRequest(subject, rsa, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1)
            : new CertificateRequest(subject, (ECDsa)key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(isAuthority, false, 0, true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, false));
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName("localhost");
        request.CertificateExtensions.Add(names.Build());
        if (purpose is not null)
        {
            request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid(purpose)], false));
        }

        var now = TimeProvider.System.GetUtcNow();
        var (begin, end) = (from ?? now.AddDays(-30), to ?? now.AddDays(60));
        if (issuer is null)
        {
            return new TestCertificate(X509CertificateLoader.LoadCertificate(request.CreateSelfSigned(begin, end).RawData), key);
        }

        var made = request.Create(
            issuer.Certificate.SubjectName,
            X509SignatureGenerator.CreateForECDsa((ECDsa)issuer._key),
            issuer.Certificate.NotBefore,
            issuer.Certificate.NotAfter,
            RandomNumberGenerator.GetBytes(8));
        return new TestCertificate(made, key);
    }
}
