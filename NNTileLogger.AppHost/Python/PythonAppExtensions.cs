using NNTileLogger.AppHost.Supervision;

namespace NNTileLogger.AppHost.Python;

/// <summary>
/// Stand-in for the package Aspire.Hosting.Python with its method names, to be swapped for it where it can be had.
/// Beyond the package it skips the installers when nothing changed, and makes a half-made environment anew.
/// </summary>
internal static class PythonAppExtensions
{
    private const string Requirements = "requirements.txt";

    private const string PythonAdvice =
        "Python 3 with its venv module is needed: install it (on Debian and Ubuntu: apt install python3-venv), "
        + "or set TENSORBOARD_PYTHON to an interpreter that has tensorboard; then run the command again.";

    private const string PipAdvice =
        "Give the machine access to a Python package index, or set PIP_FIND_LINKS to a folder of wheels, "
        + "or TENSORBOARD_PYTHON to an interpreter that has tensorboard; then run the command again.";

    /// <summary>Adds a Python module, run as <c>python -m moduleName</c>.</summary>
    /// <param name="builder">The application.</param>
    /// <param name="name">The resource's name.</param>
    /// <param name="appDirectory">The program's folder, relative to the AppHost's.</param>
    /// <param name="moduleName">The module.</param>
    public static IResourceBuilder<PythonAppResource> AddPythonModule(
        this IDistributedApplicationBuilder builder, [ResourceName] string name, string appDirectory, string moduleName)
    {
        var folder = Path.GetFullPath(appDirectory, builder.AppHostDirectory);
        var resource = new PythonAppResource(name, SystemPython, folder);
        return builder.AddResource(resource)
            .WithArgs("-m", moduleName)
            // Otherwise its output reaches the dashboard only when a buffer is full.
            .WithEnvironment("PYTHONUNBUFFERED", "1");
    }

    /// <summary>Runs the program in a virtual environment.</summary>
    /// <param name="builder">The program.</param>
    /// <param name="virtualEnvironmentPath">The environment's folder, relative to the program's.</param>
    /// <param name="createIfNotExists">Whether <see cref="WithPip"/> makes it where it is not there.</param>
    public static IResourceBuilder<T> WithVirtualEnvironment<T>(
        this IResourceBuilder<T> builder, string virtualEnvironmentPath, bool createIfNotExists = true)
        where T : PythonAppResource
    {
        var environment = new VirtualEnvironment(Path.GetFullPath(virtualEnvironmentPath, builder.Resource.WorkingDirectory));
        return builder
            .WithAnnotation(new VirtualEnvironmentAnnotation(environment, createIfNotExists), ResourceAnnotationMutationBehavior.Replace)
            .WithCommand(environment.Interpreter);
    }

    /// <summary>Fills the virtual environment from requirements.txt before the program starts, unless it is filled already.</summary>
    /// <param name="builder">The program.</param>
    /// <param name="install">False leaves the environment as it is.</param>
    /// <param name="installArgs">Further arguments of pip.</param>
    public static IResourceBuilder<T> WithPip<T>(this IResourceBuilder<T> builder, bool install = true, string[]? installArgs = null)
        where T : PythonAppResource
    {
        var (environment, create) = builder.Resource.Annotations.OfType<VirtualEnvironmentAnnotation>().Single();
        var folder = builder.Resource.WorkingDirectory;
        var requirements = File.ReadAllText(Path.Combine(folder, Requirements));
        if (!install || builder.ApplicationBuilder.ExecutionContext.IsPublishMode || environment.IsReady(requirements))
        {
            return builder;
        }

        var pip = builder.AddInstaller("pip", environment.Interpreter, PipAdvice)
            .WithArgs("-m", "pip", "install", "--disable-pip-version-check", "-r", Requirements)
            .WithArgs(installArgs ?? [])
            .OnResourceStopped((_, stopped, _) =>
            {
                if (stopped.ResourceEvent.Snapshot.ExitCode == 0)
                {
                    environment.MarkReady(requirements);
                }

                return Task.CompletedTask;
            });
        if (create)
        {
            // --clear: what an interrupted start left behind is thrown away.
            pip.WaitForCompletion(builder.AddInstaller("venv", SystemPython, PythonAdvice)
                .WithArgs("-m", "venv", "--clear", environment.Path));
        }

        return builder.WaitForCompletion(pip);
    }

    private static string SystemPython => OperatingSystem.IsWindows() ? "python" : "python3";

    private static IResourceBuilder<ExecutableResource> AddInstaller<T>(
        this IResourceBuilder<T> parent, string name, string command, string advice)
        where T : PythonAppResource
        => parent.ApplicationBuilder
            .AddExecutable($"{parent.Resource.Name}-{name}", command, parent.Resource.WorkingDirectory)
            .WithEnvironment("PYTHONUNBUFFERED", "1")
            .WithParentRelationship(parent)
            .WithFailureAdvice(advice, alsoTell: parent.Resource)
            .ExcludeFromManifest();
}
