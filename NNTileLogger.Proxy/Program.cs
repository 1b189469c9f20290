using NNTileLogger.Proxy;
using NNTileLogger.ServiceDefaults;

// The program is one service: nothing but what it is told by its variables, and an error a person can act on.
try
{
    var builder = ServiceBuilder.Create(args);
    PlainConsole.AddTo(builder.Logging);
    var options = ProxyOptions.Read(builder.Configuration);
    if (args.Contains(HealthProbe.Argument))
    {
        return await HealthProbe.RunAsync(options.HealthAddress);
    }

    var app = await ProxyApplication.BuildAsync(builder, options, TimeProvider.System, CancellationToken.None);
    await app.RunAsync();
    return 0;
}
catch (StartupException e)
{
    await Console.Error.WriteLineAsync($"NNTile logger proxy cannot start:\n{e.Message}");
    return 1;
}
