using Aspire.Hosting.ApplicationModel;
using NNTileLogger.AppHost.Python;
using NNTileLogger.AppHost.Tests.Support;
using Xunit;

namespace NNTileLogger.AppHost.Tests;

public sealed class ModelTests
{
    private static readonly string _python = Environment.ProcessPath!;

    [Theory]
    [InlineData("logger-server", "tcp", 5001)]
    [InlineData("logger-server", "http", 5002)]
    [InlineData("tensorboard", "http", 6006)]
    public async Task Endpoint_NothingSet_IsTheUsualPortAndNotProxied(string resource, string name, int port)
    {
        var model = await AppHostModel.BuildAsync("LOG_DIR=" + Path.GetTempPath());

        var endpoint = model.Endpoint(resource, name);

        Assert.Equal(port, endpoint.Port);
        Assert.False(endpoint.IsProxied);
    }

    [Fact]
    public async Task Endpoint_PortSet_IsThatPort()
    {
        var model = await AppHostModel.BuildAsync("SERVER_PORT=7001", "HTTP_PORT=0", "TENSORBOARD_PORT=7006");

        Assert.Equal(7001, model.Endpoint("logger-server", "tcp").Port);
        Assert.Null(model.Endpoint("logger-server", "http").Port);
        Assert.Equal(7006, model.Endpoint("tensorboard", "http").Port);
    }

    [Fact]
    public async Task LoggerServer_VariablesSet_HasThem()
    {
        var folder = Path.Combine(Path.GetTempPath(), "nt-logs");
        var model = await AppHostModel.BuildAsync("LOG_DIR=" + folder, "SPLIT_HOURS=0.5", "CLEAR_LOGS=0", "MAX_OPEN_FILES=64");

        var variables = await model.EnvironmentAsync("logger-server");

        Assert.Equal(folder, variables["LOG_DIR"]);
        Assert.Equal("0.5", variables["SPLIT_HOURS"]);
        Assert.Equal("0", variables["CLEAR_LOGS"]);
        Assert.Equal("64", variables["MAX_OPEN_FILES"]);
        Assert.Contains("SERVER_PORT", variables);
        Assert.Contains("HTTP_PORT", variables);
        Assert.DoesNotContain("BUFFER_MB", variables);
    }

    [Fact]
    public async Task TensorBoard_Arguments_AreThoseOfTheModule()
    {
        var folder = Path.Combine(Path.GetTempPath(), "nt-logs");
        var model = await AppHostModel.BuildAsync("LOG_DIR=" + folder);

        var arguments = await model.ArgumentsAsync("tensorboard");

        Assert.Equal(["-m", "tensorboard.main", "--logdir", folder, "--port"], arguments.Take(5));
        Assert.IsType<EndpointReferenceExpression>(arguments[5]);
        Assert.Equal(
            ["--reload_multifile=true", "--reload_interval", "1", "--bind_all", "--samples_per_plugin", "scalars=10000"],
            arguments.Skip(6).SkipLast(1));
        Assert.Equal("--grpc_data_provider=127.0.0.1:{0}", Assert.IsType<ReferenceExpression>(arguments[^1]).Format);
        Assert.Equal("localhost,127.0.0.1", (await model.EnvironmentAsync("tensorboard"))["no_grpc_proxy"]);
        Assert.Equal(5003, model.Endpoint("logger-server", "feed").Port);
    }

    [Fact]
    public async Task TensorBoard_FeedIsFiles_ReadsThem()
    {
        var model = await AppHostModel.BuildAsync("TENSORBOARD_FEED=files");

        Assert.Equal("scalars=10000", (await model.ArgumentsAsync("tensorboard")).Last());
        Assert.DoesNotContain("no_grpc_proxy", await model.EnvironmentAsync("tensorboard"));
    }

    [Fact]
    public async Task LoggerServer_FeedVariablesSet_HasThem()
    {
        var model = await AppHostModel.BuildAsync("DATA_PROVIDER_PORT=7003", "DATA_PROVIDER_HOST=*", "DATA_PROVIDER_MEMORY_MB=64");

        var variables = await model.EnvironmentAsync("logger-server");

        Assert.Equal(7003, model.Endpoint("logger-server", "feed").Port);
        Assert.Equal(("*", "64"), (variables["DATA_PROVIDER_HOST"], variables["DATA_PROVIDER_MEMORY_MB"]));
    }

    [Fact]
    public async Task LoggerServer_Links_AreLedByTheLivePage()
    {
        var model = await AppHostModel.BuildAsync();

        var urls = await model.UrlsAsync("logger-server");

        Assert.Equal(3, urls.Count);
        Assert.Equal("Live page", urls[0].DisplayText);
#pragma warning disable CS0618 // A field that Aspire will make a property, read in the same way.
        Assert.All(urls.Skip(1), url => Assert.True((url.DisplayOrder ?? 0) < urls[0].DisplayOrder, $"{url.Url} comes before the live page"));
#pragma warning restore CS0618
    }

    [Theory]
    [InlineData("0", "scalars=1000000000")]
    [InlineData("500", "scalars=500")]
    public async Task TensorBoard_Samples_AreAnArgument(string samples, string argument)
    {
        var model = await AppHostModel.BuildAsync("TENSORBOARD_SAMPLES=" + samples);

        Assert.Contains(argument, await model.ArgumentsAsync("tensorboard"));
    }

    [Fact]
    public async Task TensorBoard_PythonSet_NeedsNoVirtualEnvironment()
    {
        var model = await AppHostModel.BuildAsync("TENSORBOARD_PYTHON=" + _python);

        Assert.Equal(_python, model.Resource<PythonAppResource>("tensorboard").Command);
        Assert.DoesNotContain(model.Resources, resource => resource.Name.StartsWith("tensorboard-", StringComparison.Ordinal));
    }

    [Fact]
    public async Task TensorBoard_Requirements_ArePinnedTensorBoardAlone()
    {
        var model = await AppHostModel.BuildAsync();
        var folder = model.Resource<PythonAppResource>("tensorboard").WorkingDirectory;

        Assert.Equal(["tensorboard==2.21.0"], await File.ReadAllLinesAsync(
            Path.Combine(folder, "requirements.txt"), TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Model_Published_HasNoInstallers()
    {
        var model = await AppHostModel.BuildAsync("--operation", "publish", "LOG_DIR=" + Path.GetTempPath());

        Assert.DoesNotContain(model.Resources.OfType<ExecutableResource>(), resource => resource.Name.StartsWith("tensorboard-", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Program_WrongSettings_StartsNothing()
    {
        var failure = await Record.ExceptionAsync(() => AppHostModel.BuildAsync("SERVER_PORT=abc"));

        Assert.NotNull(failure);
    }
}
