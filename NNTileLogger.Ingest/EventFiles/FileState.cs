using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace NNTileLogger.Ingest.EventFiles;

/// <summary>
/// What Linux tells of an open file, wherever it is by now: .NET does not say how many paths lead to it. Any thread.
/// </summary>
/// <seealso href="https://man7.org/linux/man-pages/man2/statx.2.html"/>
/// <param name="Links">Paths that lead to it; 0 where it was removed.</param>
/// <param name="Length">Its length in bytes.</param>
internal readonly record struct FileState(uint Links, long Length)
{
    private const int EmptyPath = 0x1000;
    private const uint LinksAndSize = 0x4 | 0x200;

    private static readonly byte[] _noPath = [0];
    private static bool _isKnown = OperatingSystem.IsLinux();

    /// <summary>Reads it.</summary>
    /// <returns>False where this system does not tell.</returns>
    public static bool TryRead(SafeFileHandle file, out FileState state)
    {
        state = default;
        if (!_isKnown)
        {
            return false;
        }

        try
        {
            if (statx(file, in _noPath[0], EmptyPath, LinksAndSize, out var found) != 0 || (found.Known & LinksAndSize) != LinksAndSize)
            {
                return false;
            }

            state = new FileState(found.Links, found.Size);
            return true;
        }
        catch (EntryPointNotFoundException)
        {
            // An old C library.
            _isKnown = false;
            return false;
        }
    }

    [DllImport("libc")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int statx(SafeFileHandle directory, in byte path, int flags, uint wanted, out Statx found);

    // The same on every processor, as the system's own stat is not.
    [StructLayout(LayoutKind.Explicit, Size = 256)]
    private struct Statx
    {
        [FieldOffset(0)]
        public uint Known;

        [FieldOffset(16)]
        public uint Links;

        [FieldOffset(40)]
        public long Size;
    }
}
