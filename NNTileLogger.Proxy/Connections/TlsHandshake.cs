using System.Net.Security;
using System.Security.Authentication;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using NNTileLogger.Proxy.Certificates;
using NNTileLogger.Proxy.Files;

namespace NNTileLogger.Proxy.Connections;

/// <summary>
/// How TLS is spoken: Mozilla's "intermediate" recommendation (https://ssl-config.mozilla.org) with the certificate of
/// the moment. Kestrel asks once a connection, on any thread; a renewed certificate holds for connections that begin after it.
/// </summary>
internal sealed class TlsHandshake(ReloadedFile<ServerCertificate> certificate, ReloadedFile<ClientAuthorities>? clients)
{
    /// <summary>A connection's item that is there where the client proved who it is.</summary>
    public static readonly object VerifiedClient = new();

    // Without the DHE suites of the recommendation: every client that knows AES-GCM knows elliptic curves, and a server
    // with DHE can be kept busy at little cost (CVE-2002-20001).
    private static readonly CipherSuitesPolicy? _suites = OperatingSystem.IsWindows() || OperatingSystem.IsMacOS()
        ? null
        : new CipherSuitesPolicy(
        [
            TlsCipherSuite.TLS_AES_128_GCM_SHA256,
            TlsCipherSuite.TLS_AES_256_GCM_SHA384,
            TlsCipherSuite.TLS_CHACHA20_POLY1305_SHA256,
            TlsCipherSuite.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,
            TlsCipherSuite.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
            TlsCipherSuite.TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,
            TlsCipherSuite.TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
            TlsCipherSuite.TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256,
            TlsCipherSuite.TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256,
        ]);

    /// <summary>What Kestrel is told to do.</summary>
    public TlsHandshakeCallbackOptions Options(TimeSpan timeout) => new()
    {
        HandshakeTimeout = timeout,
        OnConnection = context => ValueTask.FromResult(Choose(context)),
    };

    private SslServerAuthenticationOptions Choose(TlsHandshakeCallbackContext context)
    {
        var options = new SslServerAuthenticationOptions
        {
            ServerCertificateContext = certificate.Current.Context,
            EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
            CipherSuitesPolicy = _suites,
            AllowRenegotiation = false,
            // A policy of suites keeps .NET from sharing ticket keys among connections, so tickets would be of no use.
            AllowTlsResume = false,
        };
        if (clients is not null)
        {
            options.ClientCertificateRequired = true;
            options.CertificateChainPolicy = clients.Current.Policy();
            // A client without a good certificate gets through the handshake to be told in words (ClientCertificateGate):
            // browsers show nothing a person could act on when the handshake fails.
#pragma warning disable CA5359 // See above: refused a step later, not let in.
            options.RemoteCertificateValidationCallback = (_, _, _, errors) =>
            {
                if (errors == SslPolicyErrors.None)
                {
                    context.Connection.Items[VerifiedClient] = true;
                }

                return true;
            };
#pragma warning restore CA5359
        }

        return options;
    }
}
