using NNTileLogger.Proxy.Files;

namespace NNTileLogger.Proxy.Certificates;

/// <summary>
/// How long the certificate in use still holds, and whether a person should have renewed it by now. Any thread.
/// </summary>
internal sealed class CertificateExpiry(ReloadedFile<ServerCertificate> certificate, TimeProvider time)
{
    private static readonly TimeSpan _longestNotice = TimeSpan.FromDays(14);

    // Certbot renews with a third of the life left; with a sixth left its renewal has failed, for certificates of any length.
    private const int NoticeShare = 6;

    public ServerCertificate Certificate => certificate.Current;

    /// <summary>Negative once it has expired.</summary>
    public double Days => (certificate.Current.NotAfter - time.GetUtcNow()).TotalDays;

    /// <summary>What a person should do, null where nothing.</summary>
    public string? Notice
    {
        get
        {
            var current = certificate.Current;
            var left = current.NotAfter - time.GetUtcNow();
            var share = (current.NotAfter - current.NotBefore) / NoticeShare;
            return left switch
            {
                _ when left <= TimeSpan.Zero => $"the {current} has expired: renew it; the new pair is taken up by itself",
                _ when left < (share < _longestNotice ? share : _longestNotice) =>
                    $"the {current} expires in {(int)left.TotalDays} days: renew it; the new pair is taken up by itself",
                _ => null,
            };
        }
    }
}
