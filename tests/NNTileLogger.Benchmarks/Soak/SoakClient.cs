using System.Diagnostics;
using System.Globalization;
using System.Text;

namespace NNTileLogger.Benchmarks.Soak;

/// <summary>
/// A client that comes and goes until the soak is over, each time in another way: a training that ends well, one that
/// vanishes, is cut off or comes again, and strangers that send rubbish. One logical thread.
/// </summary>
internal sealed class SoakClient(int port, int number, SoakTally tally)
{
    // Faster than NNTile's half second: a soak is to be short.
    private static readonly TimeSpan _pause = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan _crawl = TimeSpan.FromMilliseconds(10);

    // The shortest that counts as a reconnection.
    private static readonly TimeSpan _outage = TimeSpan.FromSeconds(1.5);
    private const int ShortestStay = 20;
    private const int LongestStay = 400;
    private const int EndlessBytes = 2 << 20;

    private static readonly Load _node = Loads.Node(20);
    private static readonly Load _burst = Loads.Block("scalars");

    private readonly Random _random = new(number);
    private int _programs;

    /// <summary>Sends until told to stop; then ends what it is at.</summary>
    /// <exception cref="RunFailedException">The server did something that it must not do.</exception>
    public async Task RunAsync(CancellationToken done)
    {
        while (!done.IsCancellationRequested)
        {
            await (_random.Next(8) switch
            {
                0 or 1 => TrainAsync(Cut.None, done),
                2 => TrainAsync(Cut.Reset, done),
                3 => TrainAsync(Cut.InsideLine, done),
                4 => ComeAgainAsync(done),
                5 => BurstAsync(done),
                6 => CrawlAsync(done),
                _ => ConfuseAsync(done),
            });
            await PauseAsync(_pause, done);
        }
    }

    private enum Cut
    {
        None,
        Reset,
        InsideLine,
    }

    private async Task TrainAsync(Cut cut, CancellationToken done)
    {
        using var connection = await SoakConnection.OpenAsync(port, tally, CancellationToken.None);
        var lines = _node.Lines();
        for (var left = _random.Next(ShortestStay, LongestStay); left > 0 && !done.IsCancellationRequested; left--)
        {
            await connection.SendAsync(_node.Bytes.AsMemory(lines[left % lines.Length]), _node.PointsAMessage);
            await PauseAsync(_pause, done);
        }

        switch (cut)
        {
            case Cut.None:
                await connection.EndAsync();
                break;
            case Cut.InsideLine:
                await connection.SendAsync(_node.Bytes.AsMemory(0, _random.Next(1, lines[0].End.Value - 1)));
                await connection.EndAsync();
                break;
            default:
                connection.Reset();
                break;
        }
    }

    // A program that loses its connection twice and goes on with its session.
    private async Task ComeAgainAsync(CancellationToken done)
    {
        var program = $"CPU {number}.{++_programs}";
        var (value, last) = (0, Stopwatch.GetTimestamp());
        for (var stay = 0; stay < 3 && !done.IsCancellationRequested; stay++)
        {
            using var connection = await SoakConnection.OpenAsync(port, tally, CancellationToken.None);
            for (var left = _random.Next(5, ShortestStay); left > 0 && !done.IsCancellationRequested; left--)
            {
                var silence = value == 0 ? 0.01 : Stopwatch.GetElapsedTime(last).TotalSeconds;
                await connection.SendAsync(Message(program, silence, ++value), points: 2);
                last = Stopwatch.GetTimestamp();
                await PauseAsync(_pause, done);
            }

            if (stay == 2)
            {
                await connection.EndAsync();
            }
            else
            {
                connection.Reset();
                await PauseAsync(_outage, done);
            }
        }
    }

    private async Task BurstAsync(CancellationToken done)
    {
        using var connection = await SoakConnection.OpenAsync(port, tally, CancellationToken.None);
        for (var left = _random.Next(1, 10); left > 0 && !done.IsCancellationRequested; left--)
        {
            await connection.SendAsync(_burst.Bytes, _burst.Points);
            await PauseAsync(10 * _pause, done);
        }

        await connection.EndAsync();
    }

    private async Task CrawlAsync(CancellationToken done)
    {
        using var connection = await SoakConnection.OpenAsync(port, tally, CancellationToken.None);
        // Without its last brace: a last line that is whole counts.
        var line = Message($"CPU {number}", 0.5, 1);
        for (var at = 0; at < line.Length - 2 && !done.IsCancellationRequested; at++)
        {
            await connection.SendAsync(line.AsMemory(at, 1));
            await PauseAsync(_crawl, done);
        }

        connection.Reset();
    }

    private async Task ConfuseAsync(CancellationToken done)
    {
        using var connection = await SoakConnection.OpenAsync(port, tally, CancellationToken.None);
        var garbage = new byte[1 << 16];
        for (var left = _random.Next(1, ShortestStay); left > 0 && !done.IsCancellationRequested; left--)
        {
            _random.NextBytes(garbage);
            await connection.SendAsync(garbage);
            await connection.SendAsync($"\n{{\"x\":{new string('[', 10_000)}\n{{\"scalars\":[{{\"name\":\"\"}},7]}}\n");
            await PauseAsync(_pause, done);
        }

        await connection.SendAsync(new string('x', EndlessBytes));
        await connection.EndAsync();
    }

    private static byte[] Message(string worker, double seconds, int value) => Encoding.UTF8.GetBytes(string.Create(
        CultureInfo.InvariantCulture,
        $"{{\"workers\":[{{\"name\":\"{worker}\",\"total_time\":{seconds},\"flops\":1e12}}],\"scalars\":[{{\"name\":\"Train loss\",\"values\":[{value}]}}]}}\n"));

    private static async Task PauseAsync(TimeSpan time, CancellationToken done)
    {
        try
        {
            await Task.Delay(time, done);
        }
        catch (OperationCanceledException)
        {
            // The caller looks.
        }
    }
}
