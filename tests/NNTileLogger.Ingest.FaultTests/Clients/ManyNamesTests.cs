using System.Diagnostics;
using System.Globalization;
using System.Numerics;
using System.Text;
using NNTileLogger.Ingest.EventFiles;
using NNTileLogger.Ingest.FaultTests.Disk;
using NNTileLogger.Ingest.FaultTests.Support;
using NNTileLogger.Ingest.Tests.Support;
using Xunit;

namespace NNTileLogger.Ingest.FaultTests.Clients;

/// <summary>A client that makes up names: as many as it likes, or such as meet in one place of a hash table.</summary>
public sealed class ManyNamesTests : IDisposable
{
    private const int MaxSeries = 10_000;
    private const int Names = 1_000_000;
    private const int NamesALine = 20_000;
    private const double MostMegabytes = 400;

    // As many as a session may have by default; each name differs from the next in one of these places.
    private const int CollidingNames = 100_000;
    private const int Places = 17;

    private readonly TempLogDirectory _logs = new();

    public void Dispose() => _logs.Dispose();

    [Fact]
    public async Task MillionNames_BeyondTheLimit_AreCountedAndKnownOnesGoOn()
    {
        await using var server = await IngestProcess.StartAsync(_logs.Path, $"MAX_SERIES={MaxSeries}", "MAX_OPEN_FILES=500");
        using var bystander = await Bystander.StartAsync(server, _logs.Path);
        using var client = await NNTileClient.ConnectAsync(server.Port);
        await client.SendAsync(NumberedCurve.Line("known", 1));
        for (var first = 0; first < Names; first += NamesALine)
        {
            var scalars = Enumerable.Range(first, NamesALine).Select(k => $$"""{"name":"n{{k:D6}}","values":[1]}""");
            await client.SendAsync($$"""{"scalars":[{{string.Join(',', scalars)}}]}""" + "\n" + NumberedCurve.Line("known", 2 + (first / NamesALine)));
        }

        await client.EndAsync();
        await bystander.EndAsync();
        var megabytes = ProcessState.PeakMegabytes(server.Id);
        Bystander.Say(string.Create(CultureInfo.InvariantCulture, $"{Names} names: {megabytes:F0} MB of memory at most"));
        Assert.InRange(megabytes, 0, MostMegabytes);

        const int Known = (Names / NamesALine) + 1;
        var sums = await ShutdownSums.StopAsync(server);
        Assert.Equal(Names + Known + bystander.Sent, sums.Made);
        Assert.Equal(Names - (MaxSeries - 1), sums.Dropped);
        Assert.Equal(sums.Made - sums.Dropped, sums.Written);
        var session = _logs.SessionWithRun("known");
        NumberedCurve.AssertWhole(session, "known", Known);
        Assert.Equal(MaxSeries, session.Runs.Count);
    }

    [Fact]
    public async Task NamesOfManyClients_AreBoundedTogetherAndATrainingGetsItsOwn()
    {
        // Of all clients together ten times as many; the first thousand of each are always taken.
        const int OfOne = 1200, Clients = 12, OfTraining = 1000;
        await using var server = await IngestProcess.StartAsync(_logs.Path, $"MAX_SERIES={OfOne}", "MAX_OPEN_FILES=500");
        var clients = new List<NNTileClient>();
        for (var number = 0; number < Clients; number++)
        {
            clients.Add(await NNTileClient.ConnectAsync(server.Port));
            await clients[^1].SendAsync(ManyNames($"c{number}-", OfOne) + NumberedCurve.Line($"c{number}-0", 2));
            // Taken in, before the next one comes.
            await FaultyDisk.InFilesAsync(_logs.Path, $"c{number}-0", 2);
        }

        using (var training = await NNTileClient.ConnectAsync(server.Port))
        {
            await training.SendAsync(ManyNames("training-", OfTraining));
            await training.EndAsync();
        }

        foreach (var client in clients)
        {
            await client.EndAsync();
            client.Dispose();
        }

        // Those have left: there is room again.
        using var next = await NNTileClient.ConnectAsync(server.Port);
        await next.SendAsync(ManyNames("next-", OfOne));
        await next.EndAsync();
        var sums = await ShutdownSums.StopAsync(server);

        Assert.Equal((Clients * (OfOne + 1)) + OfTraining + OfOne, sums.Made);
        Assert.Equal((Clients - 10) * (OfOne - 1000), sums.Dropped);
        Assert.Equal(OfTraining, _logs.SessionWithRun("training-0").Runs.Count);
        Assert.Equal(OfOne, _logs.SessionWithRun("next-0").Runs.Count);
    }

    [Fact]
    public void NamesMadeToCollide_DoNot()
    {
        var colliding = Colliding().ToList();
        var plain = Enumerable.Range(0, CollidingNames).Select(k => Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"n{k:D135}"))).ToList();
        Assert.Equal(CollidingNames, colliding.Select(Convert.ToHexString).Distinct().Count());

        // The names do what they are made for: a hash that is seeded but not keyed through and through falls for them.
        var weak = colliding.Take(4096).Select(name =>
        {
            var hash = new HashCode();
            hash.AddBytes(name);
            return hash.ToHashCode();
        });
        Assert.True(weak.Distinct().Count() < 1500, $"of 4096 names {weak.Distinct().Count()} have hashes of their own: they no longer collide anywhere, and the test says nothing");

        Assert.InRange(Hashes(colliding), CollidingNames - 100, CollidingNames);
        Assert.InRange(Hashes(plain), CollidingNames - 100, CollidingNames);
        Assert.InRange(Hashes([.. plain.Select(name => name[..^1])]), (CollidingNames / 10) - 10, CollidingNames / 10);

        var ratio = TimeToAdd(colliding) / TimeToAdd(plain);
        Bystander.Say(string.Create(CultureInfo.InvariantCulture, $"{CollidingNames} names made to collide take {ratio:F1} times as long as others"));
        Assert.InRange(ratio, 0, 20);
    }

    private static string ManyNames(string first, int count) =>
        $$"""{"scalars":[{{string.Join(',', Enumerable.Range(0, count).Select(k => $$"""{"name":"{{first}}{{k}}","values":[1]}"""))}}]}""" + "\n";

    private static int Hashes(List<byte[]> names) => names.Select(name => ByteSpanComparer.Instance.GetHashCode(name)).Distinct().Count();

    private static double TimeToAdd(List<byte[]> names)
    {
        var clock = Stopwatch.StartNew();
        var table = new HashSet<byte[]>(ByteSpanComparer.Instance);
        foreach (var name in names)
        {
            table.Add(name);
        }

        Assert.Equal(names.Distinct(ByteSpanComparer.Instance).Count(), table.Count);
        return clock.Elapsed.TotalSeconds;
    }

    // Against xxHash32, which HashCode is, whatever its seed: in each place two words of one lane differ, the second so
    // that it undoes, with even chances, what the first has changed.
    private static IEnumerable<byte[]> Colliding()
    {
        const uint Prime1 = 2654435761;
        const uint Prime2 = 2246822519;
        const uint TopBit = 1u << 31;
        const uint Usual = 0x41414141;
        var inverse = (uint)BigInteger.ModPow(Prime2, (BigInteger.One << 31) - 1, BigInteger.One << 32);
        var undo = unchecked((uint)-(int)((1u << 12) * Prime1) * inverse);
        for (var number = 0; number < CollidingNames; number++)
        {
            // Sixteen bytes are a stripe, one word for each of four lanes; two stripes are a place.
            var name = new byte[Places * 32];
            for (var place = 0; place < Places; place++)
            {
                var chosen = ((number >> place) & 1) == 1;
                for (var word = 0; word < 8; word++)
                {
                    var value = word switch
                    {
                        0 when chosen => Usual ^ TopBit,
                        4 when chosen => unchecked(Usual + undo),
                        _ => Usual,
                    };
                    BitConverter.TryWriteBytes(name.AsSpan((place * 32) + (word * 4)), value);
                }
            }

            yield return name;
        }
    }
}
