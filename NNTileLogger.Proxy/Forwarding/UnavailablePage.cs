using System.Net;

namespace NNTileLogger.Proxy.Forwarding;

/// <summary>
/// What is answered in a backend's place: to a browser a page that loads itself again until the backend is there, to
/// anything else a line of text. Any thread.
/// </summary>
internal static class UnavailablePage
{
    private const int RetrySeconds = 3;

    /// <summary>Answers a request whose response has not begun.</summary>
    public static Task WriteAsync(HttpContext context, int status, string title, string advice)
    {
        var response = context.Response;
        response.Clear();
        response.StatusCode = status;
        response.Headers.CacheControl = "no-store";
        var isAgain = status is StatusCodes.Status503ServiceUnavailable or StatusCodes.Status504GatewayTimeout;
        if (isAgain)
        {
            response.Headers.RetryAfter = "3";
        }

        if (!isAgain || !IsBrowser(context.Request))
        {
            response.ContentType = "text/plain; charset=utf-8";
            return response.WriteAsync($"{status}: {title}. {advice}\n", context.RequestAborted);
        }

        response.ContentType = "text/html; charset=utf-8";
        response.Headers.ContentSecurityPolicy = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'self'";
        return response.WriteAsync(Html(WebUtility.HtmlEncode(title), WebUtility.HtmlEncode(advice)), context.RequestAborted);
    }

    private static bool IsBrowser(HttpRequest request) =>
        (HttpMethods.IsGet(request.Method) || HttpMethods.IsHead(request.Method))
        && request.Headers.Accept.ToString().Contains("text/html", StringComparison.OrdinalIgnoreCase);

    private static string Html(string title, string advice) =>
        $$"""
        <!doctype html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <meta http-equiv="refresh" content="{{RetrySeconds}}">
        <title>{{title}}</title>
        <style>
        :root { color-scheme: light dark; }
        body { font: 1rem/1.5 system-ui, sans-serif; max-width: 34rem; margin: 18vh auto 0; padding: 0 1.5rem; }
        h1 { font-size: 1.4rem; font-weight: 600; }
        p { opacity: .8; }
        </style>
        </head>
        <body>
        <main>
        <h1 role="status">{{title}}</h1>
        <p>This page tries again every {{RetrySeconds}} seconds.</p>
        <p>{{advice}}</p>
        </main>
        </body>
        </html>

        """;
}
