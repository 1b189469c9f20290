using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using NNTileLogger.Proxy.Files;

namespace NNTileLogger.Proxy.Certificates;

/// <summary>A private key while it is joined to its certificate: RSA or ECDSA, plain or encrypted. One thread.</summary>
internal sealed class PrivateKey : IDisposable
{
    private const int LeastRsaBits = 2048;
    private const string Plain = "PRIVATE KEY";
    private const string Rsa = "RSA PRIVATE KEY";
    private const string Ec = "EC PRIVATE KEY";
    private const string Encrypted = "ENCRYPTED PRIVATE KEY";

    private readonly AsymmetricAlgorithm _key;

    private PrivateKey(AsymmetricAlgorithm key) => _key = key;

    /// <summary>The public half, as certificates hold it.</summary>
    public byte[] PublicKey => _key.ExportSubjectPublicKeyInfo();

    /// <summary>Reads the key of a PEM file.</summary>
    /// <exception cref="FileProblemException">There is none that can be used; the password is never part of the reason.</exception>
    public static PrivateKey Read(SourceFile file, string password)
    {
        PemText.CheckWhole(file, Plain, Rsa, Ec, Encrypted);
        if (file.Text.Contains("Proc-Type: 4,ENCRYPTED", StringComparison.Ordinal))
        {
            throw file.Problem("it is encrypted in OpenSSL's old way; rewrite it with: openssl pkcs8 -topk8 -in old.pem -out key.pem");
        }

        var isEncrypted = file.Text.Contains($"-----BEGIN {Encrypted}-----", StringComparison.Ordinal);
        if (isEncrypted && password.Length == 0)
        {
            throw file.Problem("the key is encrypted; set TLS_KEY_PASSWORD to its password");
        }

        foreach (var key in (AsymmetricAlgorithm[])[RSA.Create(), ECDsa.Create()])
        {
            if (TryImport(key, file.Text, isEncrypted ? password : null))
            {
                return key is not RSA rsa || rsa.KeySize >= LeastRsaBits
                    ? new PrivateKey(key)
                    : throw file.Problem($"the RSA key has {rsa.KeySize} bits; browsers want {LeastRsaBits} or more: make a new pair");
            }

            key.Dispose();
        }

        throw file.Problem(
            isEncrypted
                ? "TLS_KEY_PASSWORD (set, not shown) does not open the key, or the key is neither RSA nor ECDSA"
                : "the key is damaged, or neither RSA nor ECDSA; copy it again, or make a new pair");
    }

    /// <summary>The certificate with this key.</summary>
    public X509Certificate2 Join(X509Certificate2 certificate) => _key is RSA rsa
        ? certificate.CopyWithPrivateKey(rsa)
        : certificate.CopyWithPrivateKey((ECDsa)_key);

    public void Dispose() => _key.Dispose();

    private static bool TryImport(AsymmetricAlgorithm key, string text, string? password)
    {
        try
        {
            if (password is null)
            {
                key.ImportFromPem(KeyBlock(text));
            }
            else
            {
                key.ImportFromEncryptedPem(text, password);
            }

            return true;
        }
        catch (Exception e) when (e is CryptographicException or ArgumentException)
        {
            return false;
        }
    }

    // A file may hold the key and its certificates.
    private static string KeyBlock(string text)
    {
        var rest = text.AsSpan();
        while (PemEncoding.TryFind(rest, out var fields))
        {
            if (rest[fields.Label] is Plain or Rsa or Ec)
            {
                return rest[fields.Location].ToString();
            }

            rest = rest[fields.Location.End..];
        }

        return text;
    }
}
