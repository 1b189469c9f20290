using System.Buffers;
using System.IO.Pipelines;
using System.Text;
using Microsoft.AspNetCore.Connections;

namespace NNTileLogger.Proxy.Connections;

/// <summary>
/// Stands before TLS on each connection: one that speaks HTTP without it is sent to https, one that sends nothing is
/// closed. Kestrel calls it on any thread; a TLS connection's bytes are looked at and left where they are.
/// </summary>
internal sealed class PlainHttpAnswer(ConnectionDelegate next, TimeSpan patience)
{
    private const byte TlsHandshakeRecord = 0x16;
    private const int LongestHead = 8 * 1024;

    public async Task OnConnectionAsync(ConnectionContext connection)
    {
        // The system's clock: Kestrel's own timeouts, beside which this one stands, know no other.
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(connection.ConnectionClosed);
        timeout.CancelAfter(patience);
        byte[]? head;
        try
        {
            head = await ReadPlainHeadAsync(connection.Transport.Input, timeout.Token);
        }
        catch (Exception e) when (e is OperationCanceledException or ConnectionResetException or ConnectionAbortedException)
        {
            connection.Abort();
            return;
        }

        if (head is null)
        {
            await next(connection);
            return;
        }

        if (head.Length > 0 && char.IsAsciiLetter((char)head[0]))
        {
            await connection.Transport.Output.WriteAsync(Encoding.ASCII.GetBytes(Answer(head)), CancellationToken.None);
        }
    }

    /// <summary>The answer to the head of a plain request.</summary>
    public static string Answer(ReadOnlySpan<byte> head)
    {
        var lines = Encoding.ASCII.GetString(head).Split("\r\n");
        var host = lines.Skip(1)
            .TakeWhile(line => line.Length > 0)
            .Where(line => line.StartsWith("Host:", StringComparison.OrdinalIgnoreCase))
            .Select(line => line["Host:".Length..].Trim())
            .FirstOrDefault("");
        var path = lines[0].Split(' ') is [_, ['/', ..] target, _] ? target : "/";
        // Nothing but what a host name or a path may hold comes back: the request is a stranger's.
        var isKnown = host.Length is > 0 and < 300
            && host.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '-' or '_' or ':' or '[' or ']')
            && path.All(c => c is > ' ' and < '\x7f' and not ('<' or '>' or '"' or '\\'));
        var (status, location, words) = isKnown
            ? ("307 Temporary Redirect", $"Location: https://{host}{path}\r\n", $"This port speaks https. Go to https://{host}{path}")
            : ("400 Bad Request", "", "This port speaks https, and the request was http. Write https:// before the address");
        return $"HTTP/1.1 {status}\r\n{location}Content-Type: text/plain; charset=utf-8\r\nCache-Control: no-store\r\n"
            + $"Content-Length: {words.Length + 1}\r\nConnection: close\r\n\r\n{words}\n";
    }

    // Null where TLS is spoken; nothing is taken from the input then.
    private static async Task<byte[]?> ReadPlainHeadAsync(PipeReader input, CancellationToken cancellation)
    {
        while (true)
        {
            var read = await input.ReadAsync(cancellation);
            var buffer = read.Buffer;
            if (!buffer.IsEmpty && buffer.FirstSpan[0] == TlsHandshakeRecord)
            {
                input.AdvanceTo(buffer.Start);
                return null;
            }

            var isLetter = !buffer.IsEmpty && char.IsAsciiLetter((char)buffer.FirstSpan[0]);
            if (read.IsCompleted || (!buffer.IsEmpty && !isLetter) || buffer.Length >= LongestHead || HasEnd(buffer))
            {
                var head = buffer.Slice(0, Math.Min(buffer.Length, LongestHead)).ToArray();
                input.AdvanceTo(buffer.End);
                return head;
            }

            input.AdvanceTo(buffer.Start, buffer.End);
        }
    }

    private static bool HasEnd(in ReadOnlySequence<byte> buffer) =>
        new SequenceReader<byte>(buffer).TryReadTo(out ReadOnlySequence<byte> _, "\r\n\r\n"u8);
}
