using NNTileLogger.Ingest;
using NNTileLogger.Ingest.Live;
using NNTileLogger.ServiceDefaults;

// The program is one service: nothing but what it is told by its variables, and an error a person can act on.
try
{
    DescriptorLimit.TakeAll();
    var builder = ServiceBuilder.Create(args, LivePage.Root);
    PlainConsole.AddTo(builder.Logging);
    var options = IngestOptions.Read(builder.Configuration);
    if (args.Contains(HealthProbe.Argument))
    {
        return await HealthProbe.RunAsync(options.HealthAddress);
    }

    var app = await IngestApplication.BuildAsync(builder, options, TimeProvider.System, CancellationToken.None);
    await app.RunAsync();
    return 0;
}
catch (StartupException e)
{
    await Console.Error.WriteLineAsync($"NNTile logger server cannot start:\n{e.Message}");
    return 1;
}
