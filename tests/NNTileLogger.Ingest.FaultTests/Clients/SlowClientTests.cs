using System.Globalization;
using System.Text;
using Microsoft.Extensions.Time.Testing;
using NNTileLogger.Ingest.FaultTests.Support;
using NNTileLogger.Ingest.Tests.Support;
using Xunit;

namespace NNTileLogger.Ingest.FaultTests.Clients;

/// <summary>Clients that send a byte at a time, or nothing for hours: never cut, and no burden.</summary>
public sealed class SlowClientTests : IDisposable
{
    private const int Clients = 1000;
    private const double MostMegabytes = 300;

    private readonly TempLogDirectory _logs = new();

    public void Dispose() => _logs.Dispose();

    [Fact]
    public async Task Clients_SendingAByteAtATime_AreTakenInWhole()
    {
        await using var server = await IngestProcess.StartAsync(_logs.Path);
        using var bystander = await Bystander.StartAsync(server, _logs.Path);
        using var crowd = new Crowd();
        await crowd.ConnectAsync(server.Port, Clients);
        var lines = Enumerable.Range(0, Clients).Select(i => Encoding.UTF8.GetBytes(NumberedCurve.Line(Name(i), 1))).ToArray();
        for (var at = 0; at < lines.Max(line => line.Length); at++)
        {
            for (var i = 0; i < Clients; i++)
            {
                if (at < lines[i].Length)
                {
                    await crowd.Sockets[i].SendAsync(lines[i].AsMemory(at, 1), TestContext.Current.CancellationToken);
                }
            }
        }

        Assert.Equal(Clients, crowd.OpenCount);
        await crowd.EndAsync();
        await bystander.EndAsync();
        var megabytes = ProcessState.PeakMegabytes(server.Id);
        Bystander.Say(string.Create(CultureInfo.InvariantCulture, $"{Clients} clients, a byte at a time: {megabytes:F0} MB at most"));
        Assert.InRange(megabytes, 0, MostMegabytes);
        var sums = await ShutdownSums.StopAsync(server);
        Assert.Equal(sums.Lines, sums.Accepted);
        sums.AssertAllWritten(Clients + bystander.Sent);
        NumberedCurve.AssertWhole(_logs.SessionWithRun(Name(0)), Name(0), 1);
        NumberedCurve.AssertWhole(_logs.SessionWithRun(Name(Clients - 1)), Name(Clients - 1), 1);
    }

    [Fact]
    public async Task Client_PausingForDaysAndInsideALine_GoesOnWithItsSession()
    {
        var time = new FakeTimeProvider(new DateTimeOffset(2026, 3, 1, 12, 0, 0, TimeSpan.Zero));
        await using var server = await InProcessIngest.StartAsync(new IngestOptions { LogDirectory = _logs.Path, MaxConnections = 2 }, time);
        using var client = await NNTileClient.ConnectAsync(server.Port);
        for (var step = 1; step <= 5; step++)
        {
            var line = NumberedCurve.Line("patient", step);
            await client.SendAsync(line[..20]);
            await client.ServerHasReadAsync();
            time.Advance(TimeSpan.FromHours(31));
            await client.SendAsync(line[20..]);
            await client.ServerHasReadAsync();
            Assert.True(client.IsOpen, "a client that was silent for long was cut off");
            time.Advance(TimeSpan.FromHours(31));
        }

        await client.EndAsync();
        NumberedCurve.AssertWhole(_logs.OnlySession(), "patient", 5);
    }

    private static string Name(int client) => string.Create(CultureInfo.InvariantCulture, $"slow {client:D4}");
}
