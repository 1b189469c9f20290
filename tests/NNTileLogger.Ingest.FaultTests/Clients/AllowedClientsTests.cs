using System.Net;
using System.Net.NetworkInformation;
using NNTileLogger.Ingest.FaultTests.Support;
using NNTileLogger.Ingest.Tests.Support;
using Xunit;

namespace NNTileLogger.Ingest.FaultTests.Clients;

/// <summary>ALLOWED_CLIENTS from outside: who is let in, and that the others are closed before a byte of theirs is read.</summary>
public sealed class AllowedClientsTests : IDisposable
{
    private readonly TempLogDirectory _logs = new();

    public void Dispose() => _logs.Dispose();

    [Theory]
    [InlineData("127.0.0.2", "127.0.0.2", "127.0.0.1")]
    [InlineData("127.0.4.0/22", "127.0.7.255", "127.0.8.0")]
    [InlineData("10.0.0.0/8, 127.0.0.9", "127.0.0.9", "127.0.0.8")]
    [InlineData("::ffff:127.0.0.2", "127.0.0.2", "127.0.0.1")]
    [InlineData("::ffff:127.0.4.0/118", "127.0.7.255", "127.0.8.0")]
    public async Task Networks_LetInTheirOwnAndRefuseOthers(string networks, string inside, string outside)
    {
        Requirement.Linux();
        await using var server = await IngestProcess.StartAsync(_logs.Path, $"ALLOWED_CLIENTS={networks}");
        using var allowed = await NNTileClient.ConnectAsync(server.Port, from: IPAddress.Parse(inside));
        await allowed.SendAsync(NumberedCurve.Line("inside", 1, 10));
        for (var attempt = 0; attempt < 20; attempt++)
        {
            using var refused = await NNTileClient.ConnectAsync(server.Port, from: IPAddress.Parse(outside));
            await refused.ServerClosedAsync();
        }

        Assert.True(allowed.IsOpen, "a client that is allowed was closed");
        await allowed.SendAsync(NumberedCurve.Line("inside", 11, 10));
        await allowed.EndAsync();
        NumberedCurve.AssertWhole(_logs.OnlySession(), "inside", 20);
        var sums = await ShutdownSums.StopAsync(server);
        sums.AssertAllWritten(20);
        Assert.Equal(2, sums.Lines);

        // Twenty refusals, one line of log.
        Assert.Single(server.Output.Split('\n'), line => line.Contains($"Refused a client from {outside}, which is not in ALLOWED_CLIENTS", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("127.0.0.0/8", false)]
    [InlineData("::1", true)]
    public async Task Networks_OfOneKind_SayNothingOfTheOther(string networks, bool sixIsAllowed)
    {
        Assert.SkipUnless(
            NetworkInterface.GetAllNetworkInterfaces().Any(network => network.GetIPProperties().UnicastAddresses.Any(found => found.Address.Equals(IPAddress.IPv6Loopback))),
            "this machine has no IPv6");
        await using var server = await IngestProcess.StartAsync(_logs.Path, $"ALLOWED_CLIENTS={networks}");
        var (allowed, refused) = sixIsAllowed ? (IPAddress.IPv6Loopback, IPAddress.Loopback) : (IPAddress.Loopback, IPAddress.IPv6Loopback);
        using var stranger = await NNTileClient.ConnectAsync(server.Port, refused);
        await stranger.ServerClosedAsync();
        using var client = await NNTileClient.ConnectAsync(server.Port, allowed);
        await client.SendAsync(NumberedCurve.Line("inside", 1));
        await client.EndAsync();
        NumberedCurve.AssertWhole(_logs.OnlySession(), "inside", 1);
    }
}
