using System.Security.Cryptography.X509Certificates;
using NNTileLogger.Proxy.Files;

namespace NNTileLogger.Proxy.Certificates;

/// <summary>The authorities of TLS_CLIENT_CA_FILE, whose clients are let in. Any thread.</summary>
internal sealed class ClientAuthorities
{
    private const string ClientPurpose = "1.3.6.1.5.5.7.3.2";

    private readonly X509Certificate2Collection _authorities;

    private ClientAuthorities(X509Certificate2Collection authorities) => _authorities = authorities;

    /// <summary>Makes them of the file.</summary>
    /// <exception cref="FileProblemException">It cannot be used.</exception>
    public static ClientAuthorities Make(SourceFile file) => new(ServerCertificate.ReadAll(file));

    /// <summary>How a client's chain is built: from these authorities only, with no network.</summary>
    public X509ChainPolicy Policy()
    {
        var policy = new X509ChainPolicy
        {
            TrustMode = X509ChainTrustMode.CustomRootTrust,
            RevocationMode = X509RevocationMode.NoCheck,
            DisableCertificateDownloads = true,
            ApplicationPolicy = { new System.Security.Cryptography.Oid(ClientPurpose) },
        };
        policy.CustomTrustStore.AddRange(_authorities);
        return policy;
    }

    public override string ToString() => $"{_authorities.Count} authorities for clients";
}
