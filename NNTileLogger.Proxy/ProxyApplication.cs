using System.Net;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using NNTileLogger.Proxy.Access;
using NNTileLogger.Proxy.Certificates;
using NNTileLogger.Proxy.Connections;
using NNTileLogger.Proxy.Files;
using NNTileLogger.Proxy.Forwarding;
using NNTileLogger.ServiceDefaults;

namespace NNTileLogger.Proxy;

/// <summary>Puts the proxy together: what is made of what, and the way of a request through it.</summary>
internal static partial class ProxyApplication
{
    private const string LivePath = "/live";
    private const string HstsValue = "max-age=31536000";

    /// <summary>The previous proxy may still be ending: so long its port may be held.</summary>
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(8);

    /// <summary>Loads the files, waits for the port and builds the service.</summary>
    /// <exception cref="StartupException">A file cannot be used, or the port cannot be had.</exception>
    public static async Task<WebApplication> BuildAsync(
        WebApplicationBuilder builder, ProxyOptions options, TimeProvider time, CancellationToken cancellation)
    {
        var files = ProxyFiles.Load(options, time);
        await PortPatience.WaitUntilFreeAsync(
            "TLS_PORT", new IPEndPoint(options.Address, options.Port), _patience, time, cancellation);

        // Said in our own words, once in a while: BackendForwarder, and the answer of /health.
        builder.Logging.AddFilter("Yarp", LogLevel.None).AddFilter("Microsoft.Extensions.Diagnostics.HealthChecks", LogLevel.None);
        AddProxy(builder.Services, options, files, time);
        ProxyKestrel.AddTo(builder.WebHost, options, new TlsHandshake(files.Certificate, files.Clients));
        builder.AddServiceDefaults(ProxyMetrics.MeterName);
        builder.Services.AddHealthChecks().AddCheck<ProxyHealth>("proxy");
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = TimeSpan.FromSeconds(4));

        var app = builder.Build();
        app.Lifetime.ApplicationStarted.Register(() => LogReady(app, files));
        if (ProxyKestrel.MostConnections(options.MaxConnections) is var most && most < options.MaxConnections)
        {
            LogFewDescriptors(app.Logger, options.MaxConnections, most);
        }

        Route(app, options);
        return app;
    }

    private static void AddProxy(IServiceCollection services, ProxyOptions options, ProxyFiles files, TimeProvider time)
    {
        services.AddSingleton(options);
        services.AddSingleton(time);
        services.AddSingleton(files.Certificate);
        foreach (var file in files.All)
        {
            services.AddSingleton(file);
        }

        services.AddSingleton<CertificateExpiry>();
        services.AddSingleton<ProxyMetrics>();
        services.AddHostedService<FileWatcher>();
        services.AddHostedService<ExpiryReminder>();

        services.AddSingleton(_ => new AccessControl(files.Passwords, files.Tokens, time));
        services.AddSingleton(new ClientGate(files.Clients is not null));
        services.AddSingleton<FailureDelays>();

        services.AddHttpForwarder();
        services.AddSingleton<IReadOnlyList<Backend>>([Backend.TensorBoard(options.TensorBoard), Backend.Live(options.Live)]);
        services.AddSingleton<BackendClient>();
        services.AddSingleton<BackendProbe>();
        services.AddSingleton<BackendForwarder>();
    }

    // The order matters.
    private static void Route(WebApplication app, ProxyOptions options)
    {
        app.Use((context, next) =>
        {
            // A socket for both families gives IPv4 addresses a prefix that nobody knows them by.
            if (context.Connection.RemoteIpAddress is { IsIPv4MappedToIPv6: true } address)
            {
                context.Connection.RemoteIpAddress = address.MapToIPv4();
            }

            if (options.Hsts)
            {
                context.Response.OnStarting(() =>
                {
                    context.Response.Headers.StrictTransportSecurity = HstsValue;
                    return Task.CompletedTask;
                });
            }

            return next(context);
        });
        app.UseMiddleware<AccessGate>();
        app.UseRouting();
        app.MapDefaultEndpoints(ProxyHealth.WriteAsync);

        var forwarder = app.Services.GetRequiredService<BackendForwarder>();
        var tensorBoard = Backend.TensorBoard(options.TensorBoard);
        var live = Backend.Live(options.Live);
        app.Map(LivePath + "/{**path}", context =>
        {
            var path = context.Request.Path;
            if (!path.StartsWithSegments(LivePath, out var rest) || !rest.HasValue)
            {
                // The page's own addresses are relative to the folder.
                context.Response.Redirect($"{LivePath.TrimStart('/')}/{context.Request.QueryString}");
                return Task.CompletedTask;
            }

            context.Request.PathBase = LivePath;
            context.Request.Path = rest;
            return forwarder.ForwardAsync(context, live);
        });
        app.Map("/{**path}", context => forwarder.ForwardAsync(context, tensorBoard));
    }

    private static void LogReady(WebApplication app, ProxyFiles files)
    {
        var address = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First();
        var access = string.Join(" or ", new object?[] { files.Passwords?.Current, files.Tokens?.Current }.OfType<object>());
        if (files.Clients is { } clients)
        {
            access = clients.Current + (access.Length == 0 ? "" : " and besides " + access);
        }

        var port = BindingAddress.Parse(address).Port;
        LogReady(app.Logger, port, files.Certificate.Current, access.Length == 0 ? "everyone" : access);
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Ready: https://localhost:{Port}, {Certificate}; let in: {Access}.")]
    private static partial void LogReady(ILogger logger, int port, ServerCertificate certificate, string access);

    [LoggerMessage(
        Level = LogLevel.Warning,
        Message = "PROXY_MAX_CONNECTIONS={Wanted}: this system lets a program open too few files for that (ulimit -Hn), so {Most} are taken; raise the limit, or lower the variable.")]
    private static partial void LogFewDescriptors(ILogger logger, int wanted, int most);
}
