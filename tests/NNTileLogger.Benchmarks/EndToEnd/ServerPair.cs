namespace NNTileLogger.Benchmarks.EndToEnd;

/// <summary>The service and, where there is one, the reference beside it, both started afresh.</summary>
internal sealed class ServerPair : IDisposable
{
    private readonly ReferenceServer? _reference;

    private ServerPair(RunOptions options)
    {
        Service = new BuiltServer(options.Server);
        try
        {
            _reference = options.Reference is { } command ? new ReferenceServer(command) : null;
        }
        catch
        {
            Service.Dispose();
            throw;
        }
    }

    public BuiltServer Service { get; }

    public static async Task<ServerPair> StartAsync(RunOptions options)
    {
        var pair = new ServerPair(options);
        try
        {
            await pair.Service.StartAsync();
            await (pair._reference?.StartAsync() ?? Task.CompletedTask);
            return pair;
        }
        catch
        {
            pair.Dispose();
            throw;
        }
    }

    /// <summary>Sends the same to one after the other.</summary>
    public RoundPair Send(Load block, int blocks, int connections) =>
        new(Service.Send(block, blocks, connections), _reference?.Send(block, blocks, connections));

    public async Task StopAsync()
    {
        await Service.StopAsync();
        await (_reference?.StopAsync() ?? Task.CompletedTask);
    }

    public void Dispose()
    {
        Service.Dispose();
        _reference?.Dispose();
    }
}

/// <summary>A round of the service and one of the reference right after it.</summary>
internal readonly record struct RoundPair(Round Service, Round? Reference)
{
    /// <summary>How many times as fast the service was; NaN without a reference.</summary>
    public double WallRatio => Reference is { } reference ? reference.Wall / Service.Wall : double.NaN;

    /// <summary>How many times the service's processor time the reference took; NaN without one.</summary>
    public double CpuRatio => Reference is { } reference ? reference.Cpu / Service.Cpu : double.NaN;
}
