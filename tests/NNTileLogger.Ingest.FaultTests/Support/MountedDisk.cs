using System.Globalization;
using System.Runtime.InteropServices;
using Xunit;

namespace NNTileLogger.Ingest.FaultTests.Support;

/// <summary>
/// A small file system of a test's own with a log directory on it, which can be made to fail: filled, made read-only,
/// frozen, or cut off as by a power failure. Unmounted and removed when the test ends.
/// </summary>
internal sealed class MountedDisk : IAsyncDisposable
{
    private readonly string _folder;
    private readonly string? _image;
    private readonly string? _imageDisk;
    private bool _isFrozen;

    private MountedDisk(string folder, string? image, string? imageDisk)
    {
        _folder = folder;
        _image = image;
        _imageDisk = imageDisk;
    }

    /// <summary>Where it is mounted.</summary>
    public string Root => Path.Combine(_folder, "disk");

    /// <summary>The log directory on it.</summary>
    public string Logs => Path.Combine(Root, "logs");

    /// <summary>A disk in memory.</summary>
    /// <param name="kilobytes">Its size.</param>
    public static async Task<MountedDisk> InMemoryAsync(int kilobytes)
    {
        Requirement.Root();
        var disk = new MountedDisk(NewFolder(), null, null);
        await disk.MountAsync("-t", "tmpfs", "-o", $"size={kilobytes}k", "tmpfs");
        return disk;
    }

    /// <summary>An ext4 file system in a file.</summary>
    /// <param name="megabytes">Its size as its own tables have it.</param>
    /// <param name="realMegabytes">Where given, the file lies on a disk in memory of only so much: blocks behind that cannot be written.</param>
    /// <param name="options">More options of the mount, each behind a comma.</param>
    public static async Task<MountedDisk> Ext4Async(int megabytes, int? realMegabytes = null, string options = "")
    {
        Requirement.Root();
        var folder = NewFolder();
        var place = folder;
        if (realMegabytes is { } real)
        {
            place = Path.Combine(folder, "below");
            Directory.CreateDirectory(place);
            await SystemTool.RunAsync("mount", "-t", "tmpfs", "-o", $"size={real}m", "tmpfs", place);
        }

        var image = Path.Combine(place, "image");
        await SystemTool.RunAsync("truncate", "-s", $"{megabytes}M", image);
        // Without a journal where blocks cannot be written: the failing journal would make the disk read-only.
        string[] features = realMegabytes is null ? ["-q", "-F"] : ["-q", "-F", "-O", "^has_journal"];
        await SystemTool.RunAsync("mkfs.ext4", [.. features, image]);
        var disk = new MountedDisk(folder, image, realMegabytes is null ? null : place);
        var onError = realMegabytes is null ? "remount-ro" : "continue";
        await disk.MountAsync("-o", $"loop,errors={onError}{options}", image);
        return disk;
    }

    /// <summary>Writes until nothing more fits; removing the file makes room again.</summary>
    /// <returns>The file.</returns>
    public string Fill(int keepKilobytes = 0)
    {
        var filler = Path.Combine(Root, "filler");
        using (var file = new FileStream(filler, FileMode.Create, FileAccess.Write, FileShare.None, bufferSize: 0))
        {
            var free = new DriveInfo(Root).AvailableFreeSpace - (keepKilobytes * 1024L);
            try
            {
                for (var block = new byte[4096]; free > 0; free -= block.Length)
                {
                    file.Write(block);
                }
            }
            catch (IOException)
            {
                // Full, as wanted.
            }
        }

        return filler;
    }

    /// <summary>Makes ext4 find an error, upon which it goes read-only: what befalls a disk with files open on it.</summary>
    public async Task FailReadOnlyAsync()
    {
        var device = (await SystemTool.RunAsync("findmnt", "-n", "-o", "SOURCE", Root)).Trim();
        await File.WriteAllTextAsync($"/sys/fs/ext4/{Path.GetFileName(device)}/trigger_fs_error", "made by a test");
    }

    /// <summary>Gives the disk below an ext4 image another size.</summary>
    public Task ResizeBelowAsync(int megabytes) => SystemTool.RunAsync("mount", "-o", $"remount,size={megabytes}m", _imageDisk!);

    /// <summary>Lets other users reach the log directory.</summary>
    public Task AllowOthersAsync() => SystemTool.RunAsync("chmod", "755", _folder, Root);

    /// <summary>From here on every write to it hangs.</summary>
    public async Task FreezeAsync()
    {
        await SystemTool.RunAsync("fsfreeze", "-f", Root);
        _isFrozen = true;
    }

    /// <summary>Writes go on.</summary>
    public async Task ThawAsync()
    {
        _isFrozen = false;
        await SystemTool.RunAsync("fsfreeze", "-u", Root);
    }

    /// <summary>
    /// What a machine does that loses power: nothing that the system has not put on the disk yet gets there. For those
    /// who have it open each operation fails with EIO from here on. Of ext4, which has a call for just that.
    /// </summary>
    public void CutPower()
    {
        const int NoLogFlush = 2;
        const ulong Ext4Shutdown = 0x8004587D;
        var directory = open(Root, 0);
        Assert.True(directory >= 0, $"{Root} cannot be opened");
        var flags = NoLogFlush;
        var result = ioctl(directory, Ext4Shutdown, ref flags);
        var error = Marshal.GetLastPInvokeErrorMessage();
        _ = close(directory);
        Assert.True(result == 0, $"the file system cannot be cut off: {error}");
    }

    /// <summary>Mounts again what is on the disk, its journal replayed; whoever still has files of it open keeps the old, dead ones.</summary>
    public async Task MountAgainAsync()
    {
        await SystemTool.RunAsync("umount", "-l", Root);
        // The same device while the old mount is still in use; what the journal holds is replayed from a copy then.
        var copy = _image + ".copy";
        await SystemTool.RunAsync("cp", "--sparse=always", _image!, copy);
        await SystemTool.RunAsync("mount", "-o", "loop", copy, Root);
    }

    public async ValueTask DisposeAsync()
    {
        if (_isFrozen)
        {
            await ThawAsync();
        }

        await SystemTool.TryAsync("umount", "-l", Root);
        if (_imageDisk is not null)
        {
            await SystemTool.TryAsync("umount", "-l", _imageDisk);
        }

        Directory.Delete(_folder, recursive: true);
    }

    private static string NewFolder()
    {
        var folder = Directory.CreateTempSubdirectory("nntile-disk-").FullName;
        Directory.CreateDirectory(Path.Combine(folder, "disk"));
        return folder;
    }

    private async Task MountAsync(params string[] arguments)
    {
        var (code, output) = await SystemTool.TryAsync("mount", [.. arguments, Root]);
        if (code != 0)
        {
            await DisposeAsync();
            Requirement.Refused(string.Create(CultureInfo.InvariantCulture, $"this machine mounts nothing ({code}): {output}"));
        }

        Directory.CreateDirectory(Logs);
    }

    [DllImport("libc", SetLastError = true, BestFitMapping = false, ThrowOnUnmappableChar = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int open([MarshalAs(UnmanagedType.LPUTF8Str)] string path, int flags);

    [DllImport("libc", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int ioctl(int file, ulong request, ref int argument);

    [DllImport("libc")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int close(int file);
}
