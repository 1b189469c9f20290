using System.Globalization;
using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Http.HttpResults;

namespace NNTileLogger.Ingest.Live;

/// <summary>The read-only HTTP API below <c>/api</c>, which the page and scripts use. Any thread.</summary>
internal static class LiveApi
{
    private const string LastEventId = "Last-Event-ID";
    private const string ForwardedPrefix = "X-Forwarded-Prefix";
    private const string ProxyPrefix = "/live";

    /// <summary>What the API is made of.</summary>
    public static IServiceCollection AddLive(this IServiceCollection services)
    {
        services.AddSingleton<PastSessions>();
        services.AddSingleton<PastSeriesCache>();
        services.AddSingleton<MissedPoints>();
        services.AddSingleton<LiveSessions>();
        services.AddSingleton<SeriesCatalog>();
        services.AddSingleton<LiveStreams>();
        return services.ConfigureHttpJsonOptions(json =>
        {
            json.SerializerOptions.TypeInfoResolverChain.Insert(0, LiveJson.Default);
            // Answers take this from the service's options, not from the generated ones.
            json.SerializerOptions.NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals;
        });
    }

    /// <summary>Maps it.</summary>
    public static void MapLiveApi(this WebApplication app)
    {
        app.MapGet("/api/server", (IngestServer server, IngestMetrics metrics, IngestOptions options, HttpRequest request) =>
            TypedResults.Ok(new ServerAnswer(
                server.Port, TensorBoardFrom(request, options.TensorBoard), new DroppedAnswer(metrics.NotWritten, metrics.WithoutSeries))));
        var api = app.MapGroup("/api/sessions").AddEndpointFilter(async (context, next) =>
        {
            // What is true now is not true in a second.
            context.HttpContext.Response.Headers.CacheControl = "no-store";
            return await next(context);
        });
        api.MapGet("", SessionsAsync);
        api.MapGet("{id}/series", SeriesAsync);
        api.MapGet("{id}/data", DataAsync);
        api.MapGet("{id}/stream", Stream);
        api.MapGet("{id}/export.csv", (string id, HttpContext context, LiveSessions sessions) =>
            ExportAsync(id, "csv", "text/csv; charset=utf-8", context, sessions,
                session => CsvExport.WriteAsync(context.Response.BodyWriter, ExactPoints.ReadAsync(session, null, context.RequestAborted), context.RequestAborted)));
        api.MapGet("{id}/export.parquet", (string id, HttpContext context, LiveSessions sessions) =>
            ExportAsync(id, "parquet", "application/vnd.apache.parquet", context, sessions,
                session => ParquetExport.WriteAsync(context.Response.Body, ExactPoints.ReadAsync(session, null, context.RequestAborted), context.RequestAborted)));
    }

    private static async Task<Ok<List<SessionAnswer>>> SessionsAsync(LiveSessions sessions, SeriesCatalog catalog, CancellationToken gone) =>
        TypedResults.Ok((await sessions.AllAsync(gone)).ConvertAll(session => new SessionAnswer(
            session.Id, session.Peer, session.Start.UtcDateTime, session.LastMessage.UtcDateTime, session.End?.UtcDateTime,
            session.State, catalog.Count(session))));

    private static async Task<IResult> SeriesAsync(string id, LiveSessions sessions, SeriesCatalog catalog, CancellationToken gone) =>
        sessions.Find(id) is { } session
            ? TypedResults.Ok(await catalog.SeriesAsync(session, gone))
            : NoSession(id);

    private static async Task<IResult> DataAsync(
        string id, string? run, string? tag, string? from, string? points,
        LiveSessions sessions, SeriesCatalog catalog, CancellationToken gone)
    {
        if (run is null || tag is null)
        {
            return Wrong("data needs run=NAME and tag=NAME, as /series gives them");
        }

        if (!TryWhole(from, long.MaxValue, out var first))
        {
            return Wrong($"from={from} is not a step: give a whole number from 0 on");
        }

        if (!TryWhole(points, int.MaxValue, out var most))
        {
            return Wrong($"points={points} is not a number of points: give a whole number, 0 for all");
        }

        if (sessions.Find(id) is not { } session)
        {
            return NoSession(id);
        }

        return await catalog.PointsAsync(session, run, tag, first, (int)most, gone) is { } found
            ? TypedResults.Json(found.Select(SeriesPoint.AnswerOf), LiveJson.Default.IAsyncEnumerablePointAnswer)
            : TypedResults.NotFound(new ErrorAnswer($"session {id} has no series of run \"{run}\" and tag \"{tag}\": see /api/sessions/{id}/series"));
    }

    private static IResult Stream(string id, HttpContext context, LiveSessions sessions, LiveStreams streams)
    {
        if (sessions.Find(id) is not { } session)
        {
            return NoSession(id);
        }

        double? after = null;
        var last = context.Request.Headers[LastEventId].ToString();
        if (last.Length > 0)
        {
            if (!double.TryParse(last, NumberStyles.Float, CultureInfo.InvariantCulture, out var cursor) || !double.IsFinite(cursor))
            {
                return Wrong($"{LastEventId} is \"{last}\", which is no id of an event of this stream");
            }

            after = cursor;
        }

        // Proxies that collect an answer before they pass it on are told not to.
        context.Response.Headers["X-Accel-Buffering"] = "no";
        return TypedResults.ServerSentEvents(streams.WatchAsync(session, after, context.RequestAborted));
    }

    // As the one who asks can reach it: the proxy has it beside the page, and a name of this machine is the one asked for.
    private static string? TensorBoardFrom(HttpRequest request, Uri? known)
    {
        if (request.Headers[ForwardedPrefix] == ProxyPrefix)
        {
            return "../";
        }

        return known is { IsLoopback: true } && request.Host.HasValue
            ? new UriBuilder(known) { Host = request.Host.Host }.Uri.ToString()
            : known?.ToString();
    }

    private static async Task<IResult> ExportAsync(
        string id, string extension, string type, HttpContext context, LiveSessions sessions, Func<LiveSession, Task> write)
    {
        if (sessions.Find(id) is not { } session)
        {
            return NoSession(id);
        }

        context.Response.ContentType = type;
        context.Response.Headers.ContentDisposition = $"attachment; filename=\"{session.Id}.{extension}\"";
        await write(session);
        return TypedResults.Empty;
    }

    private static bool TryWhole(string? text, long most, out long number)
    {
        number = 0;
        return text is null || (long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number) && number <= most);
    }

    private static NotFound<ErrorAnswer> NoSession(string id) =>
        TypedResults.NotFound(new ErrorAnswer($"there is no session \"{id}\": /api/sessions lists those there are"));

    private static BadRequest<ErrorAnswer> Wrong(string error) => TypedResults.BadRequest(new ErrorAnswer(error));
}
