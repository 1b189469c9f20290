using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;

namespace NNTileLogger.Proxy.Connections;

/// <summary>
/// Ends each TLS connection with the record that says so, which Kestrel leaves out: without it a client cannot tell an
/// answer that ends with its connection from one that was cut, and OpenSSL's clients report an error. Stands between
/// TLS and HTTP; Kestrel calls it on any thread.
/// </summary>
internal sealed class CloseNotify(ConnectionDelegate next)
{
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(1);

    public async Task OnConnectionAsync(ConnectionContext connection)
    {
        await next(connection);
        if (connection.ConnectionClosed.IsCancellationRequested || connection.Features.Get<ISslStreamFeature>() is not { } tls)
        {
            return;
        }

        try
        {
            await tls.SslStream.ShutdownAsync().WaitAsync(_patience);
        }
        catch (Exception e) when (e is IOException or TimeoutException or InvalidOperationException or ConnectionAbortedException or ObjectDisposedException)
        {
            // The client is gone or takes nothing more: nobody is left to be told.
        }
    }
}
