using System.Net;

namespace NNTileLogger.Ingest.Sessions;

/// <summary>
/// The connections there are, and who may come: ALLOWED_CLIENTS and MAX_CONNECTIONS. Where all places are taken, the
/// longest-silent connection that never sent a valid line gives way, so that a training always gets in. Any thread.
/// </summary>
internal sealed class ConnectionTable(IngestOptions options, IngestMetrics metrics)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<ClientConnection, Task> _connections = [];

    /// <summary>The tasks of all connections.</summary>
    public Task[] Tasks
    {
        get
        {
            lock (_gate)
            {
                return [.. _connections.Values];
            }
        }
    }

    /// <summary>True where a client of an address may connect.</summary>
    public bool IsAllowed(IPAddress peer) =>
        options.AllowedClients.Count == 0 || options.AllowedClients.Any(network => network.Contains(peer));

    /// <summary>Takes a connection in, at the cost of a useless one where there is no place, and runs it.</summary>
    /// <returns>False where all places are taken by trainings.</returns>
    public bool TryRun(ClientConnection connection, Func<ClientConnection, Task> run)
    {
        lock (_gate)
        {
            if (_connections.Count >= options.MaxConnections && !TryGiveWay())
            {
                metrics.ConnectionRefused();
                return false;
            }

            var task = run(connection);
            _connections.Add(connection, task);
            _ = task.ContinueWith(_ => Forget(connection), CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
            return true;
        }
    }

    private bool TryGiveWay()
    {
        var silent = _connections.Keys.Where(connection => !connection.HasSentValidLine).MinBy(connection => connection.LastHeard);
        if (silent is null)
        {
            return false;
        }

        // Out of the table at once: its task ends a moment later.
        _connections.Remove(silent);
        silent.Abort();
        metrics.ConnectionGaveWay();
        return true;
    }

    private void Forget(ClientConnection connection)
    {
        lock (_gate)
        {
            _connections.Remove(connection);
        }
    }
}
