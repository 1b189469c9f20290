namespace NNTileLogger.AppHost.Tests.Support;

/// <summary>Files of the repository as they are checked in, which tests hold against what is made of them.</summary>
internal static class Repository
{
    private const string Solution = "NNTileLogger.slnx";

    public static string Root { get; } = Find();

    public static string Combine(params string[] parts) => Path.Combine([Root, .. parts]);

    private static string Find()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, Solution)))
        {
            folder = folder.Parent;
        }

        return folder?.FullName ?? throw new InvalidOperationException($"No folder above {AppContext.BaseDirectory} has {Solution}.");
    }
}
