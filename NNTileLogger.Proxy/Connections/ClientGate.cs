using Microsoft.AspNetCore.Connections.Features;

namespace NNTileLogger.Proxy.Connections;

/// <summary>Tells whether a request came over a connection whose client proved itself, where TLS_CLIENT_CA_FILE asks for that. Any thread.</summary>
internal sealed class ClientGate(bool isOn)
{
    public bool LetsIn(HttpContext context) =>
        !isOn || context.Features.Get<IConnectionItemsFeature>()?.Items.ContainsKey(TlsHandshake.VerifiedClient) == true;
}
