using System.Net;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using NNTileLogger.Ingest.DataProvider.Protos;
using NNTileLogger.Ingest.History;

namespace NNTileLogger.Ingest.DataProvider;

/// <summary>What TensorBoard's data service is made of, and where it listens. Called once, at start.</summary>
internal static class DataProviderSetup
{
    // HParams sends the names of all runs.
    private const int MostRequestBytes = 64 << 20;

    private static readonly PathString _path = $"/{TensorBoardDataProvider.Descriptor.FullName}";

    /// <summary>Adds the history of LOG_DIR and the service over it.</summary>
    public static IServiceCollection AddDataProvider(this IServiceCollection services)
    {
        services.AddSingleton<Catalog>();
        services.AddSingleton<Attention>();
        services.AddSingleton<LiveMirror>();
        services.AddSingleton<HistoryMemory>();
        services.AddSingleton<RunLoader>();
        services.AddSingleton<HistoryLoader>();
        services.AddSingleton<FileTurns>();
        services.AddSingleton<ScalarReader>();
        services.AddSingleton<PlaceReader>();
        services.AddSingleton<ReplyLimit>();
        services.AddSingleton<TensorAnswers>();
        services.AddSingleton<BlobAnswers>();
        services.AddSingleton<SessionNotes>();
        services.AddSingleton<DataProviderService>();
        services.AddHostedService(provider => provider.GetRequiredService<HistoryLoader>());
        services.AddGrpc(grpc =>
        {
            grpc.MaxReceiveMessageSize = MostRequestBytes;
            // What a reply may have, ReplyLimit says in words.
            grpc.MaxSendMessageSize = null;
        });
        return services;
    }

    /// <summary>Listens for TensorBoard, which speaks HTTP/2 from the first byte on.</summary>
    public static void ListenForTensorBoard(this KestrelServerOptions kestrel, IPEndPoint endpoint) =>
        kestrel.Listen(endpoint, listen => listen.Protocols = HttpProtocols.Http2);

    /// <summary>Maps the service.</summary>
    public static void MapDataProvider(this WebApplication app)
    {
        // HTTP/2 is spoken on its port alone, where nothing else of this server is to be had: HTTP_HOST may be another address.
        app.Use((context, next) =>
        {
            if (!HttpProtocol.IsHttp2(context.Request.Protocol) || context.Request.Path.StartsWithSegments(_path, StringComparison.Ordinal))
            {
                return next(context);
            }

            context.Response.StatusCode = StatusCodes.Status404NotFound;
            return Task.CompletedTask;
        });
        app.MapGrpcService<DataProviderService>();
        // Nobody asks for it: it hears of each look at LOG_DIR.
        app.Services.GetRequiredService<SessionNotes>();
    }
}
