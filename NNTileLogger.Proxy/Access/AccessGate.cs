using System.Net;
using Microsoft.Net.Http.Headers;
using NNTileLogger.Proxy.Connections;
using NNTileLogger.ServiceDefaults;

namespace NNTileLogger.Proxy.Access;

/// <summary>
/// The first thing a request meets: lets it pass, or answers it. Probes of <c>/health</c> and <c>/alive</c> pass, for they
/// cannot know a password and say nothing secret. A middleware, one for the program, called on any thread.
/// </summary>
internal sealed partial class AccessGate(
    RequestDelegate next, AccessControl access, ClientGate clients, FailureDelays failures, ProxyMetrics metrics, TimeProvider time, ILogger<AccessGate> logger)
{
    private readonly LogPause _pause = new(time, TimeSpan.FromSeconds(10));

    public async Task InvokeAsync(HttpContext context)
    {
        if (context.Request.Path.Value is "/health" or "/alive")
        {
            await next(context);
            return;
        }

        if (!clients.LetsIn(context))
        {
            metrics.Refused("no_client_certificate");
            await RefuseAsync(context, StatusCodes.Status403Forbidden, "This server lets in only clients with a certificate of its own authorities (TLS_CLIENT_CA_FILE). Import yours into the browser, or give it to curl with --cert and --key.");
            return;
        }

        if (!access.IsOn)
        {
            await next(context);
            return;
        }

        var address = context.Connection.RemoteIpAddress ?? IPAddress.None;
        var credentials = Credentials.Read(context.Request.Headers.Authorization);
        if (credentials is not null && await access.VerifyAsync(credentials, address, context.RequestAborted))
        {
            // The backends need no password, and their logs should not have one.
            context.Request.Headers.Remove(HeaderNames.Authorization);
            await next(context);
            return;
        }

        if (credentials is null)
        {
            metrics.Refused("no_credentials");
        }
        else if (!await KeepBackAsync(context, address, credentials))
        {
            context.Abort();
            return;
        }

        context.Response.Headers.WWWAuthenticate = access.Challenges;
        await RefuseAsync(context, StatusCodes.Status401Unauthorized, access.Advice);
    }

    private async Task<bool> KeepBackAsync(HttpContext context, IPAddress address, Credentials credentials)
    {
        metrics.Refused(credentials.User is null ? "wrong_token" : "wrong_password");
        if (_pause.IsOver(out var count))
        {
            var who = LogText.Escape(credentials.ToString());
            LogRefused(logger, address, who, count);
        }

        return await failures.WaitAsync(failures.Add(address), context.RequestAborted);
    }

    private static Task RefuseAsync(HttpContext context, int status, string words)
    {
        context.Response.StatusCode = status;
        context.Response.Headers.CacheControl = "no-store";
        return context.Response.WriteAsync($"{status}: {words}\n", context.RequestAborted);
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "{Address} was not let in as {Who}: wrong password or token ({Count} such requests since this was last said).")]
    private static partial void LogRefused(ILogger logger, IPAddress address, string who, long count);
}
