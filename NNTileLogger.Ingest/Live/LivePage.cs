namespace NNTileLogger.Ingest.Live;

/// <summary>
/// Serves the page and its assets, and tells browsers to take nothing from anywhere else.
/// </summary>
internal static partial class LivePage
{
    // ECharts sets styles on the elements of its tooltips (apache/echarts#19938); scripts stay strict.
    private const string Policy =
        "default-src 'none'; script-src 'self'; style-src 'self'; style-src-attr 'unsafe-inline'; img-src 'self' data:; "
        + "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    private const string AssetList = "NNTileLogger.Ingest.staticwebassets.endpoints.json";

    /// <summary>Where the published page lies: beside the program, whatever folder that is started in.</summary>
    public static string Root => Path.Combine(AppContext.BaseDirectory, "wwwroot");

    /// <summary>Finds the page's files where they lie while the program runs from its build output: packages among them.</summary>
    /// <returns>Why that cannot be, where the user may not read them; the service goes on without the page then.</returns>
    public static string? UseAssets(IWebHostBuilder host)
    {
        try
        {
            // As Production the assets of packages are not found in build output otherwise (dotnet/aspnetcore#34874).
            host.UseStaticWebAssets();
            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return e.Message;
        }
    }

    /// <summary>Maps the page, where it lies beside the program: the tests' own process has the service without it.</summary>
    /// <param name="app">The service.</param>
    /// <param name="problem">What <see cref="UseAssets"/> said.</param>
    public static void MapLivePage(this WebApplication app, string? problem)
    {
        app.Use((context, next) =>
        {
            var headers = context.Response.Headers;
            headers.ContentSecurityPolicy = Policy;
            headers.XContentTypeOptions = "nosniff";
            headers["Referrer-Policy"] = "no-referrer";
            return next(context);
        });
        app.UseDefaultFiles();
        app.UseRouting();
        if (problem is not null)
        {
            LogNoPage(app.Logger, problem);
        }
        else if (File.Exists(Path.Combine(AppContext.BaseDirectory, AssetList)))
        {
            app.MapStaticAssets(Path.Combine(AppContext.BaseDirectory, AssetList));
        }
    }

    [LoggerMessage(
        Level = LogLevel.Warning,
        Message = "The live page cannot be shown: {Reason} Let this user read that folder, or run the published program. Everything else works.")]
    private static partial void LogNoPage(ILogger logger, string reason);
}
