using System.Diagnostics;
using System.Net.Sockets;
using NNTileLogger.Ingest.Tests.Support;

namespace NNTileLogger.Ingest.FaultTests.Support;

/// <summary>
/// A training that sends numbered curves at an even pace, life after life of its server, and knows at each moment what
/// the server's process had read. A value is never sent twice; it goes on behind what was sent last, read or not. Where
/// the machine gives the server less than was measured, it sends no faster than that reads. Used by one task at a time.
/// </summary>
/// <param name="name">Its name, which its curves' names begin with.</param>
/// <param name="curves">How many curves it sends.</param>
/// <param name="pointsASecond">Points of all of them together.</param>
internal sealed class PacedTraining(string name, int curves, double pointsASecond)
{
    private const double Young = 0.004;
    private static readonly TimeSpan _pace = TimeSpan.FromMilliseconds(10);

    // A server that is further behind does not know well how long its client was silent when it comes again.
    private static readonly TimeSpan _mostBehind = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan _shortestOutage = TimeSpan.FromSeconds(1);

    private readonly int _pointsABurst = (int)(pointsASecond * _pace.TotalSeconds / curves) + 1;
    private readonly List<(long Time, int Value)> _read = [];
    private long _lastMessage;
    private int _life;

    /// <summary>The curves, which are runs and tags alike; the training's own name is one more, with a point a life.</summary>
    public IReadOnlyList<string> Curves { get; } = [.. Enumerable.Range(0, curves).Select(k => $"{name} {k}")];

    public string Name => name;

    /// <summary>The first value of this life.</summary>
    public int First { get; private set; }

    /// <summary>The last value that may have been sent, as a whole or in part.</summary>
    public int Last { get; private set; }

    /// <summary>The last value whose line the server had read by a time; less than <see cref="First"/> where none was proven.</summary>
    public int ReadBy(long timestamp)
    {
        lock (_read)
        {
            return _read.Where(read => read.Time <= timestamp).Select(read => read.Value).LastOrDefault(First - 1);
        }
    }

    /// <summary>Comes to a server, with the length of its silence where it was there before, and sends until it is told to end or the server is gone.</summary>
    public Task FeedAsync(int port, CancellationToken end)
    {
        lock (_read)
        {
            First = Last + 1;
            _read.Clear();
        }

        return Task.Run(() => SendAsync(port, end), CancellationToken.None);
    }

    private async Task SendAsync(int port, CancellationToken end)
    {
        var comesAgain = _life++ > 0;
        if (comesAgain)
        {
            await Eventually.PassedSinceAsync(_lastMessage, _shortestOutage);
        }

        try
        {
            using var client = await NNTileClient.ConnectAsync(port);
            var outage = comesAgain ? Stopwatch.GetElapsedTime(_lastMessage).TotalSeconds : Young;
            await client.SendAsync(Lines.Training(outage, name, _life, name));
            var allRead = Stopwatch.GetTimestamp();
            while (!end.IsCancellationRequested)
            {
                var began = Stopwatch.GetTimestamp();
                var first = Last + 1;
                Last += _pointsABurst;
                await client.SendAsync(string.Concat(Curves.Select(curve => NumberedCurve.Line(curve, first, _pointsABurst))));
                _lastMessage = Stopwatch.GetTimestamp();
                do
                {
                    // Nothing is sent meanwhile. Asked twice: a byte may pass from one queue to the other between two lines of one look.
                    if (client.Unread() == 0 && client.Unread() == 0)
                    {
                        allRead = Stopwatch.GetTimestamp();
                        lock (_read)
                        {
                            _read.Add((allRead, Last));
                        }
                    }

                    await Eventually.PassedSinceAsync(began, _pace);
                    began = Stopwatch.GetTimestamp();
                }
                while (Stopwatch.GetElapsedTime(allRead) > _mostBehind && !end.IsCancellationRequested);
            }

            await client.EndAsync();
        }
        catch (SocketException)
        {
            // The server was killed, at times before this training came to it. What it has read is known.
        }
    }
}
