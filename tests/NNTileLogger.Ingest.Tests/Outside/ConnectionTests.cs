using System.Net;
using NNTileLogger.Ingest.Tests.Support;
using Xunit;

namespace NNTileLogger.Ingest.Tests.Outside;

/// <summary>Connections: how soon what they bring is in the files, how many there may be, and which leave no trace.</summary>
public sealed class ConnectionTests(RunningIngest ingest) : IClassFixture<RunningIngest>
{
    private static readonly TimeSpan _flushLimit = TimeSpan.FromMilliseconds(500);

    [Fact]
    public async Task Point_OfAnOpenConnection_IsInItsFileSoon()
    {
        using var client = await NNTileClient.ConnectAsync(ingest.Port);
        for (var count = 1; count <= 5; count++)
        {
            await client.SendAsync(Lines.Scalar("soon", count));
            await Eventually.IsTrueAsync(() => Count("soon") == count, _flushLimit, $"point {count} is in its file");
            Assert.True(client.IsOpen, "the server closed the connection");
        }

        await client.EndAsync();
    }

    [Fact]
    public async Task Connection_ThatSendsRubbish_IsNeverClosed()
    {
        using var client = await NNTileClient.ConnectAsync(ingest.Port);
        await client.SendAsync("rubbish\n{\n[]\n\n\0\n" + new string('[', 1000) + "\n");
        await client.SendAsync(Lines.Scalar("after rubbish", 1));
        await Eventually.IsTrueAsync(() => Count("after rubbish") == 1, _flushLimit, "the point behind the rubbish is in its file");

        Assert.True(client.IsOpen, "the server closed the connection");
        await client.EndAsync();
        Assert.Equal(1, Count("after rubbish"));
    }

    [Fact]
    public async Task Connections_ManyAtOnce_EachHaveASessionOfTheirOwn()
    {
        const int Clients = 40;
        const int Messages = 50;
        var before = ingest.Logs.SessionPaths();

        await Task.WhenAll(Enumerable.Range(0, Clients).Select(async k =>
        {
            using var client = await NNTileClient.ConnectAsync(ingest.Port);
            for (var message = 0; message < Messages; message++)
            {
                await client.SendAsync(Lines.Training(0.5, "same name", (k * 1000) + message, "CPU 0"));
            }

            await client.EndAsync();
        }));

        var paths = ingest.Logs.SessionPaths().Except(before).ToList();
        Assert.Equal(Clients, paths.Count);
        var sessions = paths.Select(path => LogDirectoryReader.ReadSession(path, writerAtWork: false)).OrderBy(session => session.Values("same name")[0]).ToList();
        for (var k = 0; k < Clients; k++)
        {
            Assert.Equal(Enumerable.Range(k * 1000, Messages).Select(value => (float)value), sessions[k].Values("same name"));
            Assert.Equal(Enumerable.Range(1, Messages).Select(step => (long)step), sessions[k].Steps("same name"));
            Assert.Equal(Messages, sessions[k].Points("CPU 0", "Perf/GFlops/s").Count);
        }
    }

    [Fact]
    public async Task Connections_WithoutASample_LeaveNoTrace()
    {
        var before = Directory.GetFileSystemEntries(ingest.Logs.Path).Order();
        string[] probes =
        [
            "", "{}", "{}\n", "\n\n", "rubbish\n", "GET /health HTTP/1.1\r\n\r\n",
            """{"workers":[],"buses":null,"scalars":[{"name":"a","values":[]},{"name":"","values":[1]}]}""" + "\n",
        ];
        foreach (var probe in probes)
        {
            await NNTileClient.SendWholeAsync(ingest.Port, probe);
            using var other = await NNTileClient.ConnectAsync(ingest.Port);
            await other.SendAsync(probe);
            other.Reset();
        }

        // One more whole round: all of the resets came before it.
        await NNTileClient.SendWholeAsync(ingest.Port, "{}\n");
        Assert.Equal(before, Directory.GetFileSystemEntries(ingest.Logs.Path).Order());
    }

    [Fact]
    public async Task Session_AfterMessagesWithoutASample_BeginsWithTheFirst()
    {
        var session = await ingest.SendAsOneSessionAsync("{}\n\nrubbish\n{\"workers\":[]}\n" + Lines.Scalar("a", 1));

        Assert.Equal([1], session.Values("a"));
    }

    [Fact]
    public async Task Connection_OverIPv6_IsTaken()
    {
        Assert.SkipUnless(System.Net.Sockets.Socket.OSSupportsIPv6 && HasIPv6Loopback(), "this machine has no IPv6");
        using var client = await NNTileClient.ConnectAsync(ingest.Port, IPAddress.IPv6Loopback);
        await client.SendAsync(Lines.Scalar("over six", 1));
        await client.EndAsync();

        Assert.Equal(1, Count("over six"));
    }

    [Fact]
    public async Task Connection_ToAnAddressOtherMachinesSee_IsTaken()
    {
        var address = System.Net.NetworkInformation.NetworkInterface.GetAllNetworkInterfaces()
            .SelectMany(network => network.GetIPProperties().UnicastAddresses)
            .Select(found => found.Address)
            .FirstOrDefault(found => found.AddressFamily == System.Net.Sockets.AddressFamily.InterNetwork && !IPAddress.IsLoopback(found));
        Assert.SkipWhen(address is null, "this machine has no address but its loopback");
        using var client = await NNTileClient.ConnectAsync(ingest.Port, address);
        await client.SendAsync(Lines.Scalar("from outside", 1));
        await client.EndAsync();

        Assert.Equal(1, Count("from outside"));
    }

    [Fact]
    public async Task Message_OfManyMegabytes_IsTakenWhole()
    {
        var values = Enumerable.Range(0, 300_000).Select(k => k / 7.0).ToArray();

        var session = await ingest.SendAsOneSessionAsync(Lines.Scalar("big", values) + Lines.Scalar("big", -1));

        Assert.Equal(values.Select(value => (float)value).Append(-1), session.Values("big"));
        Assert.Equal(values.Length + 1, session.Steps("big")[^1]);
    }

    private static bool HasIPv6Loopback() =>
        System.Net.NetworkInformation.NetworkInterface.GetAllNetworkInterfaces()
            .Any(network => network.GetIPProperties().UnicastAddresses.Any(address => address.Address.Equals(IPAddress.IPv6Loopback)));

    private int Count(string scalar) =>
        ingest.Logs.SessionsWithRun(scalar).Sum(session => session.Values(scalar).Count);
}
