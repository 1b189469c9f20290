using System.Diagnostics;
using System.Net;
using Yarp.ReverseProxy.Forwarder;

namespace NNTileLogger.Proxy.Forwarding;

/// <summary>The connections to the backends, shared by all requests: nothing in an answer is unpacked, followed or remembered.</summary>
internal sealed class BackendClient() : HttpMessageInvoker(
    new SocketsHttpHandler
    {
        UseProxy = false,
        UseCookies = false,
        AllowAutoRedirect = false,
        AutomaticDecompression = DecompressionMethods.None,
        EnableMultipleHttp2Connections = true,
        ActivityHeadersPropagator = new ReverseProxyPropagator(DistributedContextPropagator.Current),
        ConnectTimeout = TimeSpan.FromSeconds(5),
        // A container that comes back has another address behind its name.
        PooledConnectionLifetime = TimeSpan.FromMinutes(1),
    });
