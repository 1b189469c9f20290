using System.Net;
using System.Net.Sockets;
using System.Text;
using Aspire.Hosting.ApplicationModel;
using NNTileLogger.AppHost.Tests.Support;
using Xunit;

namespace NNTileLogger.AppHost.Tests.TensorBoard;

/// <summary>What starts TensorBoard in a container, and the relay that takes it to the logger there.</summary>
public sealed class ContainerTests
{
    [Theory]
    [InlineData("10000", null)]
    [InlineData("0", "127.0.0.1")]
    public async Task Arguments_InAContainer_AreThoseOfTheModel(string samples, string? host)
    {
        PythonRequirement.Check();
        var model = await AppHostModel.BuildAsync("LOG_DIR=/logs", "TENSORBOARD_SAMPLES=" + samples, "TENSORBOARD_HOST=" + host, "TENSORBOARD_FEED=files");
        var expected = (await model.ArgumentsAsync("tensorboard")).Select(argument => argument is EndpointReferenceExpression ? "6006" : argument);

        using var program = Serve("--arguments", ("LOG_DIR", "/logs"), ("TENSORBOARD_SAMPLES", samples), ("TENSORBOARD_HOST", host), ("TENSORBOARD_FEED", "files"));

        Assert.Equal(0, await program.EndAsync());
        Assert.Equal(expected, program.Lines);
    }

    [Theory]
    [InlineData("TENSORBOARD_FEED", "wire")]
    [InlineData("TENSORBOARD_PORT", "many")]
    [InlineData("TENSORBOARD_SAMPLES", "-1")]
    public async Task Arguments_WrongVariable_AreRefusedWithItsValue(string name, string value)
    {
        PythonRequirement.Check();
        using var program = Serve("--arguments", (name, value));

        Assert.Equal(1, await program.EndAsync());
        Assert.Contains($"{name}={value}: wanted ", program.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Arguments_FedOverGrpc_NameTheProviderOnLoopback()
    {
        PythonRequirement.Check();
        using var program = Serve("--arguments", ("DATA_PROVIDER_HOST", "logger-server"));

        Assert.Equal(0, await program.EndAsync());
        Assert.Equal("--grpc_data_provider=127.0.0.1:5003", program.Lines[^1]);
    }

    [Theory]
    [InlineData("", true)]
    [InlineData("*", true)]
    [InlineData("0.0.0.0", true)]
    [InlineData("::", true)]
    [InlineData("127.0.0.1", true)]
    [InlineData("logger-server", false)]
    [InlineData("172.28.77.250", false)]
    public async Task Provider_OnThisMachine_NeedsNoRelay(string host, bool isLocal)
    {
        PythonRequirement.Check();
        using var program = new ChildProcess(
            "python3",
            ["-c", "import sys; sys.path.insert(0, sys.argv[1]); import serve; print(serve.is_local(sys.argv[2]))", Path.GetDirectoryName(Script("serve.py"))!, host],
            ("PYTHONDONTWRITEBYTECODE", "1"));

        Assert.Equal(0, await program.EndAsync());
        Assert.Equal([isLocal ? "True" : "False"], program.Lines);
    }

    [Fact]
    public async Task Relay_OtherSideRestarted_TakesTheNextConnectionToIt()
    {
        PythonRequirement.Check();
        var port = NNTileLogger.AppHost.Ports.AnyFree();
        using var relay = new ChildProcess("python3", [Script("relay.py"), "0", "localhost", $"{port}"]);
        var address = IPEndPoint.Parse(await relay.LineAsync(line => line.StartsWith("127.0.0.1:", StringComparison.Ordinal)));

        // Nobody is there: the connection is closed, and nothing else happens.
        Assert.Equal("", await ExchangeAsync(address, "early"));
        for (var start = 0; start < 2; start++)
        {
            using var server = new TcpListener(IPAddress.Loopback, port);
            server.Start();
            var echo = EchoAsync(server);
            Assert.Equal("question", await ExchangeAsync(address, "question"));
            await echo;
        }
    }

    private static string Script(string name) => Repository.Combine("NNTileLogger.AppHost", "TensorBoard", name);

    private static ChildProcess Serve(string argument, params (string Name, string? Value)[] variables)
        => new("python3", [Script("serve.py"), argument], variables);

    private static async Task EchoAsync(TcpListener server)
    {
        using var client = await server.AcceptTcpClientAsync(TestContext.Current.CancellationToken);
        var stream = client.GetStream();
        await stream.CopyToAsync(stream, TestContext.Current.CancellationToken);
    }

    private static async Task<string> ExchangeAsync(IPEndPoint address, string text)
    {
        var token = TestContext.Current.CancellationToken;
        using var client = new TcpClient();
        await client.ConnectAsync(address, token);
        var stream = client.GetStream();
        var answer = new MemoryStream();
        try
        {
            await stream.WriteAsync(Encoding.UTF8.GetBytes(text), token);
            client.Client.Shutdown(SocketShutdown.Send);
            await stream.CopyToAsync(answer, token);
        }
        catch (IOException)
        {
            // Closed with what was sent unread.
        }

        return Encoding.UTF8.GetString(answer.ToArray());
    }
}
