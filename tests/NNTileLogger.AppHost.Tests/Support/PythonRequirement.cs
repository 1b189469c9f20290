using System.ComponentModel;
using System.Diagnostics;
using Xunit;

namespace NNTileLogger.AppHost.Tests.Support;

/// <summary>What a test needs of the machine: in CI its lack is a failure, elsewhere a skip with the reason.</summary>
internal static class PythonRequirement
{
    /// <summary>Asks for a Python 3 that can make virtual environments.</summary>
    public static void Check()
    {
        try
        {
            using var python = Process.Start(new ProcessStartInfo("python3", ["-c", "import venv, ensurepip"]) { RedirectStandardError = true });
            python!.WaitForExit();
            if (python.ExitCode != 0)
            {
                Missing("python3 has no venv module (apt install python3-venv)");
            }
        }
        catch (Win32Exception)
        {
            Missing("there is no python3");
        }
    }

    public static void Missing(string reason)
    {
        if (Environment.GetEnvironmentVariable("CI") is "true" or "1")
        {
            Assert.Fail($"In CI this must not be missing: {reason}");
        }

        Assert.Skip(reason);
    }
}
