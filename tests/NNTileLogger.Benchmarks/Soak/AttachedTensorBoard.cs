using System.Diagnostics;

namespace NNTileLogger.Benchmarks.Soak;

/// <summary>A TensorBoard that reads what the server writes while it is written. Gone, with its children, when disposed.</summary>
internal sealed class AttachedTensorBoard : IDisposable
{
    private readonly Process _process;

    /// <param name="command">Starts it; {dir} in it stands for the log directory.</param>
    /// <param name="directory">The log directory.</param>
    public AttachedTensorBoard(string command, string directory)
    {
        if (!command.Contains("{dir}", StringComparison.Ordinal))
        {
            throw new RunFailedException("TensorBoard's command must say with {dir} where the log directory belongs.");
        }

        // Split before a path with spaces is put in.
        var words = command.Split(' ', StringSplitOptions.RemoveEmptyEntries)
            .Select(word => word.Replace("{dir}", directory, StringComparison.Ordinal)).ToArray();
        _process = new Process
        {
            StartInfo = new ProcessStartInfo(words[0], words[1..]) { RedirectStandardOutput = true, RedirectStandardError = true },
        };
        try
        {
            _process.Start();
        }
        catch (System.ComponentModel.Win32Exception e)
        {
            throw new RunFailedException($"{words[0]} cannot be started: {e.Message}");
        }

        // What it says is of no use here, but must be taken from it.
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
        AppDomain.CurrentDomain.ProcessExit += DisposeAtExit;
    }

    /// <summary>Fails where it has ended by itself.</summary>
    public void MustRun()
    {
        if (_process.HasExited)
        {
            throw new RunFailedException($"TensorBoard has ended with code {_process.ExitCode}.");
        }
    }

    public void Dispose()
    {
        AppDomain.CurrentDomain.ProcessExit -= DisposeAtExit;
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
            _process.WaitForExit();
        }

        _process.Dispose();
    }

    private void DisposeAtExit(object? sender, EventArgs e) => Dispose();
}
