using System.Globalization;
using System.Text;
using NNTileLogger.Ingest.FaultTests.Support;
using NNTileLogger.Ingest.Tests.Support;
using Xunit;

namespace NNTileLogger.Ingest.FaultTests.Clients;

/// <summary>Rubbish from many connections as fast as it is taken: memory stays bounded, and a training beside it is served as ever.</summary>
public sealed class RubbishTests : IDisposable
{
    private const int Clients = 100;

    // These become points, and the disk is shared by all.
    private const int ClientsWithPoints = 20;
    private const int LineBufferMegabytes = 64;
    private static readonly TimeSpan _time = TimeSpan.FromSeconds(2);

    // A block of half a megabyte for each of those that are being read, and what the collector has not taken yet.
    private const double MostMegabytes = 300;

    // Long lines grow by copies, and the old ones wait for the collector.
    private const int CollectorFactor = 4;

    private readonly TempLogDirectory _logs = new();

    public void Dispose() => _logs.Dispose();

    public static TheoryData<string> Kinds =>
        ["random bytes", "endless lines", "deep nesting", "huge numbers", "all of Unicode", "broken UTF-8", "many short lines", "half messages", "huge messages"];

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task Rubbish_FromManyConnections_DisturbsNobody(string kind)
    {
        var block = Block(kind);
        await using var server = await IngestProcess.StartAsync(_logs.Path, "MAX_LINE_MB=16", "BUFFER_MB=64", $"LINE_BUFFER_MB={LineBufferMegabytes}");
        using var bystander = await Bystander.StartAsync(server, _logs.Path);
        using var crowd = new Crowd();
        var clients = kind == "huge messages" ? ClientsWithPoints : Clients;
        await crowd.ConnectAsync(server.Port, clients);
        var sent = 0L;
        await crowd.DoAsync(_time, async (socket, _, done) =>
        {
            while (!done.IsCancellationRequested)
            {
                await Crowd.SendAsync(socket, block, done);
                Interlocked.Add(ref sent, block.Length);
            }
        });
        Assert.Equal(clients, crowd.OpenCount);
        await crowd.ResetAsync(server, socketsLeft: 8);
        await bystander.EndAsync();
        var megabytes = ProcessState.PeakMegabytes(server.Id);
        Bystander.Say(string.Create(CultureInfo.InvariantCulture, $"{kind}: {sent / 1e6:F0} MB sent, {megabytes:F0} MB of memory at most"));
        Assert.InRange(megabytes, 0, MostMegabytes + (CollectorFactor * LineBufferMegabytes));

        var sums = await ShutdownSums.StopAsync(server);
        Assert.True(sums.Accepted >= bystander.Sent, $"lines of a training were not accepted: {sums}");
        Assert.True(kind is "all of Unicode" or "huge messages" || sums.Lines > bystander.Sent + (Clients / 2), $"the rubbish was not counted: {sums}");
        Assert.Equal(0, sums.Buffered);
        Assert.Equal(0, sums.Dropped);
        Assert.DoesNotContain("fault of this server", server.Output, StringComparison.Ordinal);

        // However much of it comes, the log stays readable.
        Assert.InRange(server.Output.Split('\n').Count(line => line.Contains("Passed over a line", StringComparison.Ordinal)), 0, 5);
        Assert.DoesNotContain(server.Output, c => char.IsControl(c) && c is not ('\n' or '\r'));
    }

    private static byte[] Block(string kind)
    {
        var random = new Random(5);
        switch (kind)
        {
            case "random bytes":
                var bytes = new byte[1 << 20];
                random.NextBytes(bytes);
                return bytes;
            case "endless lines":
                return Encoding.UTF8.GetBytes(new string('x', 1 << 20));
            case "deep nesting":
                return Repeat($"{{\"x\":{new string('[', 60_000)}\n{{\"x\":{string.Concat(Enumerable.Repeat("{\"a\":", 10_000))}\n");
            case "huge numbers":
                var digits = new string('9', 5000);
                return Repeat($"{{\"scalars\":[{{\"name\":\"n\",\"values\":[{digits},-{digits}.{digits}e{digits},0.{new string('0', 5000)}1,1e-{digits},{digits}\n");
            case "all of Unicode":
                var text = string.Concat(Enumerable.Range(0, 0x110000).Where(c => Rune.IsValid(c) && c >= 0x20 && c is not ('"' or '\\')).Select(c => new Rune(c).ToString()));
                return Encoding.UTF8.GetBytes($"{{\"x\":\"{text}\"}}\n");
            case "broken UTF-8":
                return [.. Enumerable.Range(0, 20_000).SelectMany(_ => (byte[])[.. "{\"scalars\":[{\"name\":\"a"u8, 0xC0, 0xAF, 0xED, 0xA0, 0x80, 0xF8, .. "\",\"values\":[1]}]\n"u8])];
            case "many short lines":
                return Repeat("x\n");
            case "huge messages":
                return Encoding.UTF8.GetBytes($"{{\"scalars\":[{{\"name\":\"huge\",\"values\":[{string.Concat(Enumerable.Repeat("1,", 1 << 21))}1]}}]}}\n");
            default:
                return Repeat("{\"scalars\":[{\"name\":\"half\",\"values\":[1,2,3]}],\"workers\":[{\"name\":\"w\",\"flops\":1e9,\n");
        }
    }

    private static byte[] Repeat(string text) => Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat(text, Math.Max(1, (1 << 20) / text.Length))));
}
