namespace NNTileLogger.Proxy.Files;

/// <summary>A file cannot be used as it is. At start that ends the program; later it is logged, and what was loaded before stays.</summary>
/// <param name="variable">The variable that names the file.</param>
/// <param name="path">Where it is.</param>
/// <param name="reason">What is wrong and what to do, without the path, so that strangers may read it.</param>
/// <param name="retryAt">When the same contents may become right by themselves; never where absent.</param>
internal sealed class FileProblemException(string variable, string path, string reason, DateTimeOffset? retryAt = null)
    : Exception($"{variable}={path}: {reason}.")
{
    /// <summary>The variable and the reason; the path is left out.</summary>
    public string WithoutPath { get; } = $"{variable}: {reason}.";

    public DateTimeOffset? RetryAt { get; } = retryAt;
}
