using System.Globalization;
using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using NNTileLogger.Proxy.Files;

namespace NNTileLogger.Proxy.Certificates;

/// <summary>
/// A certificate with its key and chain, ready for handshakes of any thread. Never disposed: handshakes that began
/// with it may still be under way when the next one is taken.
/// </summary>
internal sealed class ServerCertificate
{
    private const string CertificateLabel = "CERTIFICATE";
    private const string ServerPurpose = "1.3.6.1.5.5.7.3.1";
    private const string AnyPurpose = "2.5.29.37.0";

    private ServerCertificate(X509Certificate2 leaf, X509Certificate2Collection chain)
    {
        Subject = leaf.GetNameInfo(X509NameType.SimpleName, forIssuer: false);
        NotBefore = leaf.NotBefore.ToUniversalTime();
        NotAfter = leaf.NotAfter.ToUniversalTime();
        // Offline: nothing is fetched to complete a chain; the file has it.
        Context = SslStreamCertificateContext.Create(leaf, chain, offline: true);
    }

    public SslStreamCertificateContext Context { get; }

    public string Subject { get; }

    public DateTimeOffset NotBefore { get; }

    public DateTimeOffset NotAfter { get; }

    /// <summary>Makes it of the certificate's file and the key's, in this order.</summary>
    /// <exception cref="FileProblemException">They do not belong together or cannot be used now.</exception>
    public static ServerCertificate Make(SourceFile certificates, SourceFile key, string password, TimeProvider time)
    {
        using var privateKey = PrivateKey.Read(key, password);
        var all = ReadAll(certificates);
        var publicKey = privateKey.PublicKey;
        var leaf = all.FirstOrDefault(one => one.PublicKey.ExportSubjectPublicKeyInfo().AsSpan().SequenceEqual(publicKey))
            ?? throw key.Problem("this key is not the key of the certificate in TLS_CERT_FILE; name the two that were made together");
        CheckDates(certificates, leaf, time.GetUtcNow());
        CheckPurpose(certificates, leaf);
        all.Remove(leaf);
        return new ServerCertificate(Usable(privateKey.Join(leaf)), all);
    }

    /// <summary>Every certificate of a PEM file, in its order.</summary>
    /// <exception cref="FileProblemException">There is none, or one is damaged or cut.</exception>
    public static X509Certificate2Collection ReadAll(SourceFile file)
    {
        PemText.CheckWhole(file, CertificateLabel);
        var all = new X509Certificate2Collection();
        try
        {
            all.ImportFromPem(file.Text);
        }
        catch (CryptographicException)
        {
            throw Damaged(file);
        }

        // What is not even PEM's alphabet is passed over without a word.
        return all.Count == PemText.Count(file, CertificateLabel) ? all : throw Damaged(file);
    }

    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"certificate of {Subject}, good until {NotAfter:yyyy-MM-dd HH:mm} UTC");

    private static FileProblemException Damaged(SourceFile file) => file.Problem("a certificate in it is damaged; copy the file again");

    private static void CheckDates(SourceFile file, X509Certificate2 leaf, DateTimeOffset now)
    {
        var begins = new DateTimeOffset(leaf.NotBefore.ToUniversalTime());
        if (now >= leaf.NotAfter.ToUniversalTime())
        {
            throw file.Problem(string.Create(
                CultureInfo.InvariantCulture,
                $"the certificate expired at {leaf.NotAfter.ToUniversalTime():yyyy-MM-dd HH:mm} UTC (now: {now:yyyy-MM-dd HH:mm}); renew it"));
        }

        if (now < begins)
        {
            var reason = string.Create(
                CultureInfo.InvariantCulture,
                $"the certificate holds only from {begins:yyyy-MM-dd HH:mm} UTC on (now: {now:yyyy-MM-dd HH:mm}); check this machine's clock");
            throw new FileProblemException(file.Variable, file.Path, reason, begins);
        }
    }

    private static void CheckPurpose(SourceFile file, X509Certificate2 leaf)
    {
        foreach (var extension in leaf.Extensions.OfType<X509EnhancedKeyUsageExtension>())
        {
            if (!extension.EnhancedKeyUsages.Cast<Oid>().Any(oid => oid.Value is ServerPurpose or AnyPurpose))
            {
                throw file.Problem("the certificate is not meant for servers (no serverAuth in its extended key usage); browsers would refuse it");
            }
        }
    }

    // Windows' TLS takes a key only from a store or a PKCS#12 file.
    private static X509Certificate2 Usable(X509Certificate2 leaf) => OperatingSystem.IsWindows()
        ? X509CertificateLoader.LoadPkcs12(leaf.Export(X509ContentType.Pkcs12), null)
        : leaf;
}
