using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Configuration;

namespace NNTileLogger.ServiceDefaults;

/// <summary>
/// Reads a service's variables and gathers what is wrong with them, so that a person sees all of it at once. One
/// thread, at start.
/// </summary>
/// <param name="configuration">Environment variables, and the same names on the command line.</param>
public sealed class VariableReader(IConfiguration configuration)
{
    private const int HighestPort = 65535;

    // Before the IPv4 address in its IPv6 form.
    private const int MappedBits = 96;

    private readonly List<string> _errors = [];

    /// <summary>What is wrong, a sentence for each variable with its name and value.</summary>
    public IReadOnlyList<string> Errors => _errors;

    /// <summary>A variable as it is set; <paramref name="fallback"/> where it is not set or empty.</summary>
    /// <param name="name">The variable's name.</param>
    /// <param name="fallback">Its default.</param>
    /// <returns>The text.</returns>
    public string Text(string name, string fallback) =>
        configuration[name] is { Length: > 0 } text ? text : fallback;

    /// <summary>A TCP port; 0 takes any free one.</summary>
    /// <param name="name">The variable's name.</param>
    /// <param name="fallback">Its default.</param>
    /// <returns>The port; the default where an error was noted.</returns>
    public int Port(string name, int fallback) =>
        (int)Whole(name, fallback, 0, HighestPort, "a port from 0 (any free one) to 65535");

    /// <summary>An address to listen on.</summary>
    /// <param name="name">The variable's name.</param>
    /// <param name="fallback">Its default.</param>
    /// <returns>The address; the default where an error was noted.</returns>
    public IPAddress Address(string name, IPAddress fallback)
    {
        var text = Text(name, "");
        return text switch
        {
            "" => fallback,
            "*" => Socket.OSSupportsIPv6 ? IPAddress.IPv6Any : IPAddress.Any,
            "localhost" => IPAddress.Loopback,
            _ when IPAddress.TryParse(text, out var address) => address,
            _ => Refuse(name, text, "an IP address, localhost, or * for all addresses", fallback),
        };
    }

    /// <summary>The address of another service.</summary>
    /// <param name="name">The variable's name.</param>
    /// <param name="fallback">Its default; null where there is none.</param>
    /// <returns>The address; the default where an error was noted.</returns>
    [return: NotNullIfNotNull(nameof(fallback))]
    public Uri? HttpAddress(string name, Uri? fallback)
    {
        var text = Text(name, "");
        if (text.Length == 0)
        {
            return fallback;
        }

        if (Uri.TryCreate(text, UriKind.Absolute, out var address)
            && address is { Scheme: "http" or "https", UserInfo: "", Query: "", Fragment: "" })
        {
            return address;
        }

        // What stands before @ is a password.
        var shown = text.LastIndexOf('@') is >= 0 and var at ? "***" + text[at..] : text;
        return Refuse(name, shown, "an address such as http://tensorboard:6006, without user, password or query", fallback);
    }

    /// <summary>A whole number within bounds.</summary>
    /// <param name="name">The variable's name.</param>
    /// <param name="fallback">Its default.</param>
    /// <param name="least">The smallest value taken.</param>
    /// <param name="most">The largest value taken.</param>
    /// <param name="wanted">What is wanted, in words; made from the bounds where absent.</param>
    /// <returns>The number; the default where an error was noted.</returns>
    public long Whole(string name, long fallback, long least, long most, string? wanted = null)
    {
        var text = Text(name, "");
        if (text.Length == 0)
        {
            return fallback;
        }

        if (long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value)
            && value >= least && value <= most)
        {
            return value;
        }

        return Refuse(name, text, wanted ?? $"a whole number from {least} to {most}", fallback);
    }

    /// <summary>A length of time in hours, fractions allowed.</summary>
    /// <param name="name">The variable's name.</param>
    /// <param name="fallback">Its default.</param>
    /// <param name="least">The shortest taken.</param>
    /// <param name="most">The longest taken.</param>
    /// <returns>The time; the default where an error was noted.</returns>
    public TimeSpan Hours(string name, TimeSpan fallback, TimeSpan least, TimeSpan most)
    {
        var text = Text(name, "");
        if (text.Length == 0)
        {
            return fallback;
        }

        if (double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var hours)
            && hours >= least.TotalHours && hours <= most.TotalHours)
        {
            return TimeSpan.FromHours(hours);
        }

        var wanted = string.Create(
            CultureInfo.InvariantCulture, $"a number of hours from {least.TotalHours:0.######} to {most.TotalHours:0}");
        return Refuse(name, text, wanted, fallback);
    }

    /// <summary>A switch: 1 or 0.</summary>
    /// <param name="name">The variable's name.</param>
    /// <param name="fallback">Its default.</param>
    /// <returns>The setting; the default where an error was noted.</returns>
    public bool Flag(string name, bool fallback)
    {
        var text = Text(name, "");
        return text.ToUpperInvariant() switch
        {
            "" => fallback,
            "1" or "TRUE" or "YES" or "ON" => true,
            "0" or "FALSE" or "NO" or "OFF" => false,
            _ => Refuse(name, text, "1 (yes) or 0 (no)", fallback),
        };
    }

    /// <summary>A list of networks in CIDR form or single addresses, with commas or spaces between them.</summary>
    /// <param name="name">The variable's name.</param>
    /// <returns>The networks, IPv4 ones as such; none where the variable is not set or an error was noted.</returns>
    public IReadOnlyList<IPNetwork> Networks(string name)
    {
        var networks = new List<IPNetwork>();
        foreach (var text in Text(name, "").Split([',', ' '], StringSplitOptions.RemoveEmptyEntries))
        {
            if (IPNetwork.TryParse(text, out var network))
            {
                networks.Add(Unmapped(network));
            }
            else if (IPAddress.TryParse(text, out var address))
            {
                networks.Add(Unmapped(new IPNetwork(address, address.AddressFamily == AddressFamily.InterNetwork ? 32 : 128)));
            }
            else
            {
                return Refuse<IReadOnlyList<IPNetwork>>(
                    name, text, "networks such as 10.0.0.0/8 or fd00::/8 (the part behind the slash zero), or addresses, with commas between them", []);
            }
        }

        return networks;
    }

    // Clients' addresses are compared in their IPv4 form where they have one.
    private static IPNetwork Unmapped(IPNetwork network) =>
        network.BaseAddress.IsIPv4MappedToIPv6 && network.PrefixLength >= MappedBits
            ? new IPNetwork(network.BaseAddress.MapToIPv4(), network.PrefixLength - MappedBits)
            : network;

    private T Refuse<T>(string name, string value, string wanted, T fallback)
    {
        _errors.Add($"{name}={value}: wanted {wanted}; leave it unset for the default.");
        return fallback;
    }
}
