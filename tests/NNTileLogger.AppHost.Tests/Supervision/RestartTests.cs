using System.Diagnostics;
using System.Globalization;
using Aspire.Hosting.ApplicationModel;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using NNTileLogger.AppHost.Supervision;
using NNTileLogger.AppHost.Tests.Support;
using Xunit;

namespace NNTileLogger.AppHost.Tests.Supervision;

/// <summary>Real processes killed and stopped under the real supervisor.</summary>
[Collection(RunningApplicationTests.Name)]
public sealed class RestartTests(RunningApplication application)
{
    [Theory]
    [InlineData("tensorboard")]
    [InlineData("logger-server")]
    public async Task Resource_ProcessKilled_IsStartedAgain(string resource)
    {
        var before = await application.WaitAsync(resource, IsHealthy);
        using var process = Leaf(ProcessId(before));

        process.Kill();

        var after = await application.WaitAsync(resource, state => IsHealthy(state) && ProcessId(state) != ProcessId(before));
        Assert.Equal(KnownResourceStates.Running, after.State?.Text);
    }

    [Fact]
    public async Task Resource_StoppedByAPerson_StaysStoppedUntilStartedByOne()
    {
        await application.WaitAsync("tensorboard", IsHealthy);
        var policy = new RestartPolicy(TimeProvider.System, []);
        var ending = ReadUntilEndedAsync(policy);

        await ExecuteAsync(KnownResourceCommands.StopCommand);

        Assert.Equal(Ending.Asked, await ending);
        await ExecuteAsync(KnownResourceCommands.StartCommand);
        await application.WaitAsync("tensorboard", IsHealthy);
    }

    // The states Aspire really reports, put to the policy that the supervisor asks.
    private async Task<Ending> ReadUntilEndedAsync(RestartPolicy policy)
    {
        await foreach (var change in application.Application.ResourceNotifications.WatchAsync(TestContext.Current.CancellationToken))
        {
            if (change.Resource.Name == "tensorboard"
                && policy.Observe(change.Snapshot.State?.Text, change.Snapshot.ExitCode) is { } ending)
            {
                return ending;
            }
        }

        throw new InvalidOperationException("The application ended before TensorBoard did.");
    }

    private async Task ExecuteAsync(string command)
    {
        var result = await application.Application.ResourceCommands.ExecuteCommandAsync(
            "tensorboard", command, TestContext.Current.CancellationToken);
        Assert.True(result.Success, result.Message);
    }

    private static bool IsHealthy(CustomResourceSnapshot state)
        => state.State?.Text == KnownResourceStates.Running && state.HealthStatus == HealthStatus.Healthy;

    private static int ProcessId(CustomResourceSnapshot state)
        => Convert.ToInt32(state.Properties.Single(property => property.Name == "executable.pid").Value, CultureInfo.InvariantCulture);

    // A project is started by dotnet run, whose child is the program itself.
    private static Process Leaf(int id)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "the children of a process are read from /proc");
        var children = File.ReadAllText($"/proc/{id}/task/{id}/children").Split(' ', StringSplitOptions.RemoveEmptyEntries);
        var isDotnetRun = File.ReadAllText($"/proc/{id}/cmdline").StartsWith("dotnet\0run\0", StringComparison.Ordinal);
        return isDotnetRun ? Leaf(int.Parse(children[0], CultureInfo.InvariantCulture)) : Process.GetProcessById(id);
    }
}
