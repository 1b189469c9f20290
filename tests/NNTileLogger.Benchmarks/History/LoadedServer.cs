using System.Diagnostics;
using Grpc.Core;
using Grpc.Net.Client;
using NNTileLogger.Benchmarks.EndToEnd;
using NNTileLogger.Ingest.DataProvider.Protos;

namespace NNTileLogger.Benchmarks.History;

/// <summary>A server of TensorBoard's data service over a folder of event files, from its start on.</summary>
internal sealed class LoadedServer : MeasuredServer
{
    private static readonly TimeSpan _limit = TimeSpan.FromMinutes(2);
    private static readonly TimeSpan _pause = TimeSpan.FromMilliseconds(20);

    private LoadedServer(Func<int, string, IReadOnlyList<string>> command)
        : base(command)
    {
    }

    /// <summary>The service as it was built.</summary>
    public static LoadedServer Ours(string path, string logs)
    {
        var server = new LoadedServer((_, _) => BuiltServer.Command(path));
        BuiltServer.SetVariables(server.Process.StartInfo, $"LOG_DIR={logs}", "SERVER_PORT=0", "HTTP_PORT=0", $"DATA_PROVIDER_PORT={server.Port}", "CLEAR_LOGS=0");
        return server;
    }

    /// <summary>Another program.</summary>
    public static LoadedServer Reference(string command, string logs) => new((port, _) => ReferenceServer.Words(command, port, logs));

    /// <summary>Starts it and asks until every series has its last point.</summary>
    /// <returns>How long that took, and the processor time it took.</returns>
    /// <exception cref="RunFailedException">It does not come to that.</exception>
    public async Task<(TimeSpan Wall, TimeSpan Cpu)> LoadAsync(int series, long lastStep)
    {
        var clock = Stopwatch.StartNew();
        await StartAsync();
        using var channel = GrpcChannel.ForAddress($"http://127.0.0.1:{Port}", new GrpcChannelOptions { MaxReceiveMessageSize = null });
        var client = new TensorBoardDataProvider.TensorBoardDataProviderClient(channel);
        while (!await HasAllAsync(client, series, lastStep))
        {
            if (clock.Elapsed > _limit)
            {
                throw new RunFailedException($"After {_limit.TotalSeconds} s not every series has its last point. It said:\n{Output}");
            }

            await Task.Delay(_pause);
        }

        var wall = clock.Elapsed;
        Process.Refresh();
        return (wall, Process.TotalProcessorTime);
    }

    public override Task StopAsync() => Task.CompletedTask;

    protected override void RemoveWritten()
    {
    }

    private static async Task<bool> HasAllAsync(TensorBoardDataProvider.TensorBoardDataProviderClient client, int series, long lastStep)
    {
        try
        {
            var answer = await client.ListScalarsAsync(new ListScalarsRequest { PluginFilter = new PluginFilter { PluginName = "scalars" } });
            return answer.Runs.Sum(run => run.Tags.Count(tag => tag.Metadata.MaxStep == lastStep)) == series;
        }
        catch (RpcException e) when (e.StatusCode == StatusCode.Unavailable)
        {
            return false;
        }
    }
}
