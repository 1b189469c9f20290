using System.Net;
using System.Net.Sockets;

namespace NNTileLogger.AppHost;

/// <summary>Tells Aspire where a service listens that does not listen on all addresses; called while the model is built.</summary>
internal static class ListenAddress
{
    /// <summary>Makes the endpoint's URL, and so the health check, ask there; null and "all" change nothing.</summary>
    public static IResourceBuilder<T> WithAddress<T>(this IResourceBuilder<T> builder, string endpoint, IPAddress? address)
        where T : IResourceWithEndpoints
        => address is { AddressFamily: AddressFamily.InterNetwork } && !address.Equals(IPAddress.Any)
            ? builder.WithEndpoint(endpoint, annotation => annotation.TargetHost = address.ToString())
            : builder;
}
