using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace NNTileLogger.Benchmarks.EndToEnd;

/// <summary>Sends a load as fast as it is taken, each connection from a thread of its own.</summary>
internal static class Blast
{
    private const int LimitMilliseconds = 120_000;

    /// <summary>Sends blocks of lines, shared out among connections.</summary>
    /// <returns>The time until the server has closed every connection, which it does once all is in its files.</returns>
    /// <exception cref="RunFailedException">A connection was lost.</exception>
    public static TimeSpan Send(int port, Load block, int blocks, int connections)
    {
        var lost = new ConcurrentQueue<string>();
        var clock = Stopwatch.StartNew();
        Thread[] threads =
        [
            .. Enumerable.Range(0, connections).Select(k =>
                new Thread(() => SendOne(port, block.Bytes, (blocks / connections) + (k < blocks % connections ? 1 : 0), lost))),
        ];
        foreach (var thread in threads)
        {
            thread.Start();
        }

        foreach (var thread in threads)
        {
            thread.Join();
        }

        var took = clock.Elapsed;
        return lost.TryPeek(out var reason) ? throw new RunFailedException($"{lost.Count} of {connections} connections were lost: {reason}") : took;
    }

    private static void SendOne(int port, byte[] bytes, int times, ConcurrentQueue<string> lost)
    {
        try
        {
            using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp)
            {
                SendTimeout = LimitMilliseconds,
                ReceiveTimeout = LimitMilliseconds,
            };
            socket.Connect(IPAddress.Loopback, port);
            for (var i = 0; i < times; i++)
            {
                socket.Send(bytes);
            }

            socket.Shutdown(SocketShutdown.Send);
            var answer = new byte[1024];
            while (socket.Receive(answer) > 0)
            {
                // Servers of this protocol say nothing.
            }
        }
        catch (SocketException e)
        {
            lost.Enqueue(e.Message);
        }
    }
}
