using System.Diagnostics;
using System.Text.RegularExpressions;

namespace NNTileLogger.Benchmarks.Soak;

/// <summary>
/// A TensorBoard that reads what the server writes while it is written, or from the server itself. Gone, with its
/// children, when disposed.
/// </summary>
internal sealed partial class AttachedTensorBoard : IDisposable
{
    private static readonly TimeSpan _startLimit = TimeSpan.FromMinutes(2);

    private readonly Process _process;
    private readonly TaskCompletionSource<Uri> _address = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <param name="command">Starts it; {dir} in it stands for the log directory, {feed} for the address of the server's feed.</param>
    /// <param name="directory">The log directory.</param>
    /// <param name="feed">The feed.</param>
    public AttachedTensorBoard(string command, string directory, string feed)
    {
        if (!command.Contains("{dir}", StringComparison.Ordinal) && !command.Contains("{feed}", StringComparison.Ordinal))
        {
            throw new RunFailedException("TensorBoard's command must say with {dir} where the log directory belongs, or with {feed} the address it reads from.");
        }

        // Split before a path with spaces is put in.
        var words = command.Split(' ', StringSplitOptions.RemoveEmptyEntries)
            .Select(word => word.Replace("{dir}", directory, StringComparison.Ordinal).Replace("{feed}", feed, StringComparison.Ordinal)).ToArray();
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

        _process.OutputDataReceived += (_, line) => LookForAddress(line.Data);
        _process.ErrorDataReceived += (_, line) => LookForAddress(line.Data);
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
        AppDomain.CurrentDomain.ProcessExit += DisposeAtExit;
    }

    /// <summary>Where its page is, once it is there.</summary>
    /// <exception cref="RunFailedException">It does not say so.</exception>
    public async Task<Uri> AddressAsync()
    {
        try
        {
            return await _address.Task.WaitAsync(_startLimit);
        }
        catch (TimeoutException)
        {
            throw new RunFailedException($"TensorBoard does not say its address within {_startLimit.TotalMinutes} minutes.");
        }
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

    private void LookForAddress(string? line)
    {
        if (AddressPattern().Match(line ?? "") is { Success: true } said)
        {
            _address.TrySetResult(new Uri($"http://127.0.0.1:{said.Groups["port"].Value}/"));
        }
    }

    [GeneratedRegex(@"TensorBoard \S+ at http://[^ :]+:(?<port>\d+)/")]
    private static partial Regex AddressPattern();
}
