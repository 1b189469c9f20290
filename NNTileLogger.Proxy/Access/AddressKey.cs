using System.Net;
using System.Net.Sockets;

namespace NNTileLogger.Proxy.Access;

/// <summary>What counts as one address of a client. Any thread.</summary>
internal static class AddressKey
{
    // The lower half of an IPv6 address is the client's to choose.
    private const int PrefixBytes = 8;

    public static IPAddress Of(IPAddress address)
    {
        if (address.IsIPv4MappedToIPv6)
        {
            return address.MapToIPv4();
        }

        if (address.AddressFamily != AddressFamily.InterNetworkV6)
        {
            return address;
        }

        var bytes = address.GetAddressBytes();
        bytes.AsSpan(PrefixBytes).Clear();
        return new IPAddress(bytes);
    }
}
