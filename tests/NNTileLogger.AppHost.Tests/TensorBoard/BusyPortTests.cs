using System.Net;
using System.Net.Sockets;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Testing;
using NNTileLogger.AppHost.TensorBoard;
using NNTileLogger.AppHost.Tests.Support;
using Xunit;

namespace NNTileLogger.AppHost.Tests.TensorBoard;

public sealed class BusyPortTests
{
    [Fact]
    public async Task TensorBoard_PortKeptByAnother_SaysSoAndLeavesTheRestUp()
    {
        PythonRequirement.Check();
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        timeout.CancelAfter(TimeSpan.FromMinutes(3));
        using var folder = new TempFolder();
        using var other = new TcpListener(IPAddress.Any, 0);
        other.Start();
        var port = ((IPEndPoint)other.LocalEndpoint).Port;
        var builder = await DistributedApplicationTestingBuilder.CreateAsync<Projects.NNTileLogger_AppHost>(
            ["--DASHBOARD=0", "--SERVER_PORT=0", "--HTTP_PORT=0", "--DATA_PROVIDER_PORT=0", $"--TENSORBOARD_PORT={port}", "--LOG_DIR=" + folder.Path], timeout.Token);
        await using var application = await builder.BuildAsync(timeout.Token);

        await application.StartAsync(timeout.Token);

        var ended = await application.ResourceNotifications.WaitForResourceAsync(
            "tensorboard", change => KnownResourceStates.TerminalStates.Contains(change.Snapshot.State?.Text), timeout.Token);
        if (ended.Snapshot.State?.Text == KnownResourceStates.FailedToStart)
        {
            PythonRequirement.Missing("TensorBoard could not be installed");
        }

        await ResourceLog.WaitForAsync(application, "tensorboard", $"TENSORBOARD_PORT={port}: another program", timeout.Token);
        Assert.Contains(ended.Snapshot.ExitCode!.Value, TensorBoardExtensions.FinalExitCodes);
        await application.ResourceNotifications.WaitForResourceHealthyAsync("logger-server", timeout.Token);
    }
}
