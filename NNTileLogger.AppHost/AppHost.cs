var builder = DistributedApplication.CreateBuilder(args);
builder.AddProject<Projects.NNTileLogger_Ingest>("logger-server", launchProfileName: null);
builder.Build().Run();
