namespace NNTileLogger.Proxy.Files;

/// <summary>A file that a variable names, with its text as it was read at one moment.</summary>
/// <param name="Variable">The variable that names it, for errors.</param>
/// <param name="Path">Where it is.</param>
/// <param name="Text">What it held.</param>
internal sealed record SourceFile(string Variable, string Path, string Text)
{
    // A bundle of every public authority is 0.2 MB.
    private const int LongestBytes = 4 << 20;

    /// <summary>Reads a file; links are followed each time, so that one that was swapped is seen.</summary>
    /// <exception cref="FileProblemException">It cannot be read.</exception>
    public static SourceFile Read(string variable, string path)
    {
        try
        {
            using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            if (stream.Length > LongestBytes)
            {
                throw new FileProblemException(variable, path, $"it holds {stream.Length} bytes, which no such file does; name the right file");
            }

            using var reader = new StreamReader(stream);
            return new SourceFile(variable, path, reader.ReadToEnd());
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or NotSupportedException)
        {
            throw new FileProblemException(variable, path, Reason(path, e));
        }
    }

    /// <summary>What is wrong with this file.</summary>
    public FileProblemException Problem(string reason) => new(Variable, Path, reason);

    private static string Reason(string path, Exception e) => e switch
    {
        _ when Directory.Exists(path) => "it is a folder; name the file in it",
        FileNotFoundException or DirectoryNotFoundException => "there is no such file; check the path and, in a container, the mount",
        UnauthorizedAccessException => $"the user {Environment.UserName} may not read it; give it the right to",
        _ => e.Message,
    };
}
