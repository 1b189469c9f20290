using Microsoft.AspNetCore.Builder;

namespace NNTileLogger.ServiceDefaults;

/// <summary>What every service of this solution begins as.</summary>
public static class ServiceBuilder
{
    // The host would watch the folder of its settings, and everything below it, for a changed file: a notice and three
    // system calls for each write to an event file there, and one of the few watches that the system has for all programs.
    private const string WatchNothing = "--hostBuilder:reloadConfigOnChange=false";

    /// <summary>
    /// Makes the builder of a web application that is told by its variables and arguments alone. Nothing in the folder that
    /// it is started in means anything to it: that may be the directory of the logs, or somebody's home.
    /// </summary>
    /// <param name="args">The arguments of the program.</param>
    /// <param name="webRoot">The folder of what it serves, where it serves any.</param>
    /// <returns>The builder.</returns>
    public static WebApplicationBuilder Create(string[] args, string? webRoot = null) => WebApplication.CreateSlimBuilder(new WebApplicationOptions
    {
        Args = [WatchNothing, .. args],
        ContentRootPath = AppContext.BaseDirectory,
        WebRootPath = webRoot,
    });
}
