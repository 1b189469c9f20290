using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Testing;
using NNTileLogger.AppHost.Python;
using NNTileLogger.AppHost.Tests.Support;
using Xunit;

namespace NNTileLogger.AppHost.Tests.Python;

/// <summary>Virtual environments really made, with requirements that are empty so that no package index is needed.</summary>
public sealed class PythonAppTests : IDisposable
{
    private static readonly TimeSpan _timeout = TimeSpan.FromMinutes(3);
    private readonly TempFolder _folder = new();

    public PythonAppTests()
    {
        _folder.Write("requirements.txt", "");
        // What a start killed in the middle leaves: a folder without the marker.
        _folder.Write(".venv/left-over", "");
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task WithPip_HalfMadeEnvironment_IsMadeAnewThenSkipped()
    {
        PythonRequirement.Check();

        Assert.Equal(["app", "app-pip", "app-venv"], await RunAsync());
        Assert.False(File.Exists(_folder.Combine(".venv", "left-over")));
        Assert.Equal(["app"], await RunAsync());

        File.Delete(_folder.Combine(".venv", "ready.sha256"));
        Assert.Equal(["app", "app-pip", "app-venv"], await RunAsync());
    }

    [Fact]
    public async Task WithPip_Installers_AreChildrenLeftOutOfTheManifest()
    {
        var builder = await NewBuilderAsync();
        var app = AddApp(builder);

        var installers = builder.Resources.OfType<ExecutableResource>().Where(resource => resource != app.Resource).ToList();

        Assert.Equal(["app-pip", "app-venv"], installers.Select(installer => installer.Name).Order());
        Assert.All(installers, installer =>
        {
            Assert.Contains(ManifestPublishingCallbackAnnotation.Ignore, installer.Annotations);
            Assert.Contains(installer.Annotations.OfType<ResourceRelationshipAnnotation>(), relation => relation.Resource == app.Resource);
        });
    }

    [Fact]
    public async Task WithPip_PackageCannotBeHad_SaysWhatToDoAndIsTriedAgainNextTime()
    {
        PythonRequirement.Check();
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        timeout.CancelAfter(_timeout);
        _folder.Write("requirements.txt", "no-such-package==1.0");
        var builder = await NewBuilderAsync();
        AddApp(builder, "--no-index", "--find-links", _folder.Path);
        await using var application = await builder.BuildAsync(timeout.Token);

        await application.StartAsync(timeout.Token);

        await application.ResourceNotifications.WaitForResourceAsync("app", KnownResourceStates.FailedToStart, timeout.Token);
        await ResourceLog.WaitForAsync(application, "app", "set PIP_FIND_LINKS to a folder of wheels", timeout.Token);
        Assert.False(File.Exists(_folder.Combine(".venv", "ready.sha256")));
    }

    // Aspire's tools are found through the AppHost's assembly; its own resources are not wanted here.
    private static async Task<IDistributedApplicationTestingBuilder> NewBuilderAsync()
    {
        var builder = await DistributedApplicationTestingBuilder.CreateAsync<Projects.NNTileLogger_AppHost>(
            ["--DASHBOARD=0", "--TENSORBOARD_PYTHON=" + Environment.ProcessPath], TestContext.Current.CancellationToken);
        builder.Resources.Clear();
        return builder;
    }

    private IResourceBuilder<PythonAppResource> AddApp(IDistributedApplicationBuilder builder, params string[] pipArguments)
        => builder.AddPythonModule("app", _folder.Path, "platform").WithVirtualEnvironment(".venv").WithPip(installArgs: pipArguments);

    private async Task<IEnumerable<string>> RunAsync()
    {
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        timeout.CancelAfter(_timeout);
        var builder = await NewBuilderAsync();
        AddApp(builder);
        await using var application = await builder.BuildAsync(timeout.Token);
        await application.StartAsync(timeout.Token);
        var end = await application.ResourceNotifications.WaitForResourceAsync(
            "app", change => KnownResourceStates.TerminalStates.Contains(change.Snapshot.State?.Text), timeout.Token);
        Assert.Equal(0, end.Snapshot.ExitCode);
        return builder.Resources.Select(resource => resource.Name).Where(name => name.StartsWith("app", StringComparison.Ordinal)).Order();
    }
}
