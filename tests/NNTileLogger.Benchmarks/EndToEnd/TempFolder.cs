namespace NNTileLogger.Benchmarks.EndToEnd;

/// <summary>A folder that is removed when it is disposed: in memory where the system has room there, so that no disk is measured.</summary>
internal sealed class TempFolder : IDisposable
{
    private const string Memory = "/dev/shm";

    // A round writes about 500 MB, two servers at a time.
    private const long LeastRoom = 2L << 30;
    private const int MostAttempts = 100;

    public TempFolder()
    {
        Path = Directory.CreateDirectory(System.IO.Path.Combine(Parent, $"nntile-benchmark-{Guid.NewGuid():N}")).FullName;
    }

    /// <summary>The folder that such folders are made in.</summary>
    public static string Parent { get; } =
        Directory.Exists(Memory) && new DriveInfo(Memory).AvailableFreeSpace >= LeastRoom ? Memory : System.IO.Path.GetTempPath();

    public string Path { get; }

    /// <summary>Removes a folder, also where something in it comes or goes meanwhile.</summary>
    public static void Remove(string path)
    {
        for (var attempt = 0; attempt < MostAttempts && Directory.Exists(path); attempt++)
        {
            try
            {
                Directory.Delete(path, recursive: true);
            }
            catch (IOException)
            {
                // The next attempt finds what there is now.
            }
        }
    }

    public void Dispose() => Remove(Path);
}
