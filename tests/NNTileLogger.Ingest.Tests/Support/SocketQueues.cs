using System.Globalization;

namespace NNTileLogger.Ingest.Tests.Support;

/// <summary>
/// What the system still holds of a connection between two processes of this machine: bytes sent that the other side has not read.
/// From Linux' tables of connections, the one place that tells from outside how far a server has read.
/// </summary>
internal static class SocketQueues
{
    // sl | local address:port | remote address:port | state | tx queue:rx queue | ...
    private const int Local = 1;
    private const int Remote = 2;
    private const int Queues = 4;

    private static readonly string[] _tables = ["/proc/net/tcp", "/proc/net/tcp6"];

    /// <summary>Bytes on their way from one port to the other, or waiting there to be read.</summary>
    public static long Unread(int fromPort, int toPort)
    {
        var sum = 0L;
        foreach (var line in _tables.Where(File.Exists).SelectMany(table => File.ReadLines(table).Skip(1)))
        {
            var fields = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            var ports = (Port(fields[Local]), Port(fields[Remote]));
            var queues = fields[Queues].Split(':');
            if (ports == (fromPort, toPort))
            {
                sum += Hex(queues[0]);
            }
            else if (ports == (toPort, fromPort))
            {
                sum += Hex(queues[1]);
            }
        }

        return sum;
    }

    private static int Port(string address) => (int)Hex(address[(address.LastIndexOf(':') + 1)..]);

    private static long Hex(string text) => long.Parse(text, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
}
