namespace NNTileLogger.AppHost.Python;

/// <summary>A Python program run as a child process; made by <see cref="PythonAppExtensions.AddPythonModule"/>.</summary>
/// <param name="name">The resource's name.</param>
/// <param name="command">The interpreter.</param>
/// <param name="workingDirectory">The program's folder, which holds its requirements.txt.</param>
internal class PythonAppResource(string name, string command, string workingDirectory)
    : ExecutableResource(name, command, workingDirectory);

/// <summary>Where a Python program's virtual environment is; left by WithVirtualEnvironment, read by WithPip.</summary>
internal sealed record VirtualEnvironmentAnnotation(VirtualEnvironment Environment, bool CreateIfNotExists) : IResourceAnnotation;
