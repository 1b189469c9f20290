using System.Globalization;
using System.Net;
using NNTileLogger.Ingest.FaultTests.Support;

namespace NNTileLogger.Ingest.FaultTests.Clients;

/// <summary>A network of a service's own with one cable to the test's, which can be cut. Removed when the test ends.</summary>
internal sealed class SeparateNetwork : IAsyncDisposable
{
    private readonly string _name = string.Create(CultureInfo.InvariantCulture, $"nnt{Environment.ProcessId}");

    private SeparateNetwork()
    {
    }

    /// <summary>The service's address, as seen from the test.</summary>
    public IPAddress Address { get; } = IPAddress.Parse("10.213.77.2");

    /// <summary>Runs a program in it.</summary>
    public string[] Tool => ["ip", "netns", "exec", _name];

    private string OurEnd => _name + "a";

    private string TheirEnd => _name + "b";

    public static async Task<SeparateNetwork> CreateAsync()
    {
        Requirement.Root();
        var network = new SeparateNetwork();
        var (code, output) = await SystemTool.TryAsync("ip", "netns", "add", network._name);
        if (code != 0)
        {
            Requirement.Refused($"this machine makes no network namespace ({code}): {output}");
        }

        await SystemTool.RunAsync("ip", "link", "add", network.OurEnd, "type", "veth", "peer", "name", network.TheirEnd, "netns", network._name);
        await SystemTool.RunAsync("ip", "addr", "add", "10.213.77.1/30", "dev", network.OurEnd);
        await SystemTool.RunAsync("ip", "link", "set", network.OurEnd, "up");
        await SystemTool.RunAsync("ip", "-n", network._name, "addr", "add", "10.213.77.2/30", "dev", network.TheirEnd);
        await SystemTool.RunAsync("ip", "-n", network._name, "link", "set", network.TheirEnd, "up");
        await SystemTool.RunAsync("ip", "-n", network._name, "link", "set", "lo", "up");
        return network;
    }

    /// <summary>Cuts the cable: nothing gets through from here on, and neither side is told.</summary>
    public Task CutAsync() => SystemTool.RunAsync("ip", "link", "set", OurEnd, "down");

    public async ValueTask DisposeAsync()
    {
        await SystemTool.TryAsync("ip", "link", "del", OurEnd);
        await SystemTool.TryAsync("ip", "netns", "del", _name);
    }
}
