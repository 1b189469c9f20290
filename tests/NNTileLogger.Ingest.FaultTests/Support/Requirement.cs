using System.Runtime.InteropServices;
using Xunit;

namespace NNTileLogger.Ingest.FaultTests.Support;

/// <summary>
/// What a fault needs of the machine it is made on. Where that is missing the test is skipped and says why; in CI, on
/// Linux as root, nothing is skipped.
/// </summary>
internal static class Requirement
{
    /// <summary>Linux: signals, /proc and limits of a process.</summary>
    public static void Linux() => Assert.SkipUnless(OperatingSystem.IsLinux(), "needs Linux");

    /// <summary>Linux, and the rights to mount file systems and to be another user.</summary>
    public static void Root()
    {
        Linux();
        Assert.SkipUnless(EffectiveUser() == 0, "needs root: it mounts small file systems or acts as another user");
    }

    /// <summary>Skips with what the machine has refused; in CI the refusal is a failure.</summary>
    public static void Refused(string what)
    {
        Assert.False(string.Equals(Environment.GetEnvironmentVariable("CI"), "true", StringComparison.OrdinalIgnoreCase), what);
        Assert.Skip(what);
    }

    [DllImport("libc", EntryPoint = "geteuid")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern uint EffectiveUser();
}
