using System.Diagnostics;
using System.Net.Sockets;
using NNTileLogger.Ingest.EventFiles;
using NNTileLogger.Ingest.Protocol;
using NNTileLogger.Ingest.Sessions;
using NNTileLogger.ServiceDefaults;

namespace NNTileLogger.Ingest;

/// <summary>
/// Accepts clients and runs their connections; at the end takes in what has arrived, and has everything written, synced
/// and closed.
/// </summary>
internal sealed partial class IngestServer(
    LineListener listener,
    IngestPipeline pipeline,
    ConnectionTable connections,
    SessionRecovery recovery,
    EventWriter writer,
    DiskSync disk,
    LogDirectoryLock held,
    TimeProvider time,
    ILogger<IngestServer> logger) : IHostedService, IDisposable
{
    /// <summary>What has arrived when the server is told to stop is taken in for so long at most.</summary>
    private static readonly TimeSpan _drain = TimeSpan.FromSeconds(2);

    // Aspire and Docker kill soon after five seconds. What is left to write behind the connections is little, unless the
    // disk does not answer.
    private static readonly TimeSpan _longestEnd = TimeSpan.FromSeconds(3.8);
    private static readonly TimeSpan _shortestWrite = TimeSpan.FromMilliseconds(300);
    private static readonly TimeSpan _acceptPause = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan _logPause = TimeSpan.FromSeconds(10);

    private readonly CancellationTokenSource _stopping = new();
    private readonly CancellationTokenSource _drained = new();
    private readonly LogPause _notAccepted = new(time, _logPause);
    private readonly LogPause _notAllowed = new(time, _logPause);
    private readonly LogPause _noPlace = new(time, _logPause);
    private Task _accepting = Task.CompletedTask;
    private Task _recovering = Task.CompletedTask;
    private Task _syncing = Task.CompletedTask;

    /// <summary>True while clients can connect.</summary>
    public bool IsListening { get; private set; }

    public int Port => listener.Port;

    public Task StartAsync(CancellationToken cancellationToken)
    {
        _recovering = Task.Factory.StartNew(
            () => recovery.Run(_stopping.Token), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        _accepting = AcceptAsync();
        _syncing = disk.RunAsync(_stopping.Token);
        IsListening = true;
        return Task.CompletedTask;
    }

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        var began = Stopwatch.GetTimestamp();
        IsListening = false;
        _drained.CancelAfter(_drain);
        await _stopping.CancelAsync();
        listener.Dispose();
        await _accepting;
        var ended = Task.WhenAll(connections.Tasks);
        if (await Task.WhenAny(ended, Task.Delay(_longestEnd, cancellationToken)) != ended)
        {
            LogStillWriting(logger, connections.Tasks.Length);
        }

        writer.End(Left());
        var isSynced = await IsSyncedAsync(Left());
        if (ended.IsCompletedSuccessfully && isSynced)
        {
            EndWell();
        }

        var summary = pipeline.Metrics.Summary();
        LogSummary(logger, summary);

        TimeSpan Left()
        {
            var left = _longestEnd - Stopwatch.GetElapsedTime(began);
            return left > _shortestWrite ? left : _shortestWrite;
        }
    }

    public void Dispose()
    {
        listener.Dispose();
        held.Dispose();
        _stopping.Dispose();
        _drained.Dispose();
    }

    // The last sync, on a thread of its own: a disk may not answer.
    private async Task<bool> IsSyncedAsync(TimeSpan longest)
    {
        var last = Task.Factory.StartNew(disk.Sync, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        try
        {
            await Task.WhenAll(_recovering, _syncing, last).WaitAsync(longest);
            return true;
        }
        catch (TimeoutException)
        {
            LogNotSynced(logger);
            return false;
        }
    }

    private void EndWell()
    {
        try
        {
            held.EndWell();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            LogEndNotNoted(logger, LogText.Escape(e.Message));
        }
    }

    private async Task AcceptAsync()
    {
        while (!_stopping.IsCancellationRequested)
        {
            try
            {
                Begin(await listener.AcceptAsync(_stopping.Token));
            }
            catch (OperationCanceledException)
            {
                return;
            }
            catch (SocketException e) when (!_stopping.IsCancellationRequested)
            {
                // A client that gave up in the queue, or no descriptor is free: the clients that are there go on.
                if (_notAccepted.IsOver(out _))
                {
                    LogNotAccepted(logger, e.Message);
                }

                await Task.Delay(_acceptPause);
            }
        }
    }

    private void Begin(Socket client)
    {
        if (LineListener.TryGetPeer(client) is not { } peer)
        {
            // Gone before its address could be read: nothing was sent.
            client.Dispose();
        }
        else if (!connections.IsAllowed(peer))
        {
            client.Dispose();
            pipeline.Metrics.ConnectionRefused();
            if (_notAllowed.IsOver(out var count))
            {
                LogNotAllowed(logger, peer, count);
            }
        }
        else if (!connections.TryRun(new ClientConnection(client, peer, pipeline), connection => RunAsync(connection, client)))
        {
            client.Dispose();
            if (_noPlace.IsOver(out var count))
            {
                LogNoPlace(logger, peer, count);
            }
        }
    }

    private async Task RunAsync(ClientConnection connection, Socket client)
    {
        // The accept loop goes on at once.
        await Task.Yield();
        pipeline.Metrics.ConnectionOpened();
        using (client)
        {
            try
            {
                await connection.RunAsync(_stopping.Token, _drained.Token);
            }
            catch (Exception e)
            {
                LogFault(logger, e);
            }
        }

        pipeline.Metrics.ConnectionClosed();
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "The disk does not answer: what was written last is not known to be on it.")]
    private static partial void LogNotSynced(ILogger logger);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Cannot accept a client: {Reason}. Trying again; clients that are connected go on.")]
    private static partial void LogNotAccepted(ILogger logger, string reason);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Refused a client from {Peer}, which is not in ALLOWED_CLIENTS ({Count} such since the last message of this kind).")]
    private static partial void LogNotAllowed(ILogger logger, System.Net.IPAddress peer, long count);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Refused a client from {Peer}: MAX_CONNECTIONS trainings are connected ({Count} such since the last message of this kind).")]
    private static partial void LogNoPlace(ILogger logger, System.Net.IPAddress peer, long count);

    [LoggerMessage(Level = LogLevel.Error, Message = "A connection ended by a fault of this server. Its points are kept; please report this.")]
    private static partial void LogFault(ILogger logger, Exception fault);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Count} sessions could not be written to the end before the time to stop was over.")]
    private static partial void LogStillWriting(ILogger logger, int count);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Cannot note in the log directory that this server ended as it should: {Reason}. The next start will clear nothing.")]
    private static partial void LogEndNotNoted(ILogger logger, string reason);

    [LoggerMessage(Level = LogLevel.Information, Message = "Stopped: {Summary}.")]
    private static partial void LogSummary(ILogger logger, string summary);
}
