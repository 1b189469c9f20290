using Grpc.Core;
using NNTileLogger.Ingest.DataProvider.Protos;

namespace NNTileLogger.Ingest.DataProvider;

/// <summary>What a request asks for, told from its messages; what is wrong with it is said in words.</summary>
/// <param name="Plugin">Only series of this plugin.</param>
/// <param name="Runs">Only of these runs; null for all.</param>
/// <param name="Tags">Only of these tags; null for all.</param>
internal sealed record DataRequest(string Plugin, IReadOnlySet<string>? Runs, IReadOnlySet<string>? Tags)
{
    /// <summary>Reads the two filters.</summary>
    /// <exception cref="RpcException">No plugin is named.</exception>
    public static DataRequest Of(PluginFilter? plugin, RunTagFilter? filter) =>
        plugin?.PluginName is { Length: > 0 } name
            ? new DataRequest(name, SetOf(filter?.Runs?.Names), SetOf(filter?.Tags?.Names))
            : throw Wrong("plugin_filter.plugin_name is empty: name the plugin whose series are wanted, for example \"scalars\"");

    /// <summary>Reads how many points of each series are asked for.</summary>
    /// <exception cref="RpcException">It is not said, or makes no sense.</exception>
    public static long PointsOf(Downsample? downsample) =>
        downsample is null ? throw Wrong("downsample is missing: say how many points of each series are wanted in downsample.num_points, 0 for all")
        : downsample.NumPoints >= 0 ? downsample.NumPoints
        : throw Wrong($"downsample.num_points is {downsample.NumPoints}: it must be a number of points, or 0 for all");

    /// <summary>A request that makes no sense.</summary>
    public static RpcException Wrong(string what) => new(new Status(StatusCode.InvalidArgument, what));

    /// <summary>A request for what is not there.</summary>
    public static RpcException NotFound(string what) => new(new Status(StatusCode.NotFound, what));

    private static HashSet<string>? SetOf(IEnumerable<string>? names) => names is null ? null : new HashSet<string>(names, StringComparer.Ordinal);
}
