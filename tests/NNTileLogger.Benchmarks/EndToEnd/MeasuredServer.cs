using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace NNTileLogger.Benchmarks.EndToEnd;

/// <summary>
/// A server in a process of its own, started on a free port over an empty directory, and measured from outside. It is
/// gone, and the directory too, when this is disposed, and also where this program is interrupted.
/// </summary>
internal abstract class MeasuredServer : IDisposable
{
    private static readonly TimeSpan _startLimit = TimeSpan.FromSeconds(30);

    private readonly List<string> _output = [];

    /// <summary>Starts nothing yet.</summary>
    /// <param name="command">The program and its arguments, given the port and the directory.</param>
    protected MeasuredServer(Func<int, string, IReadOnlyList<string>> command)
    {
        Port = FreePort();
        Process = new Process { StartInfo = StartInfo(command, Port, Folder) };
        Process.OutputDataReceived += (_, line) => TakeOutput(line.Data);
        Process.ErrorDataReceived += (_, line) => TakeOutput(line.Data);
        AppDomain.CurrentDomain.ProcessExit += DisposeAtExit;
    }

    /// <summary>From the start of the process to the first connection it accepts.</summary>
    public TimeSpan StartTime { get; private set; }

    /// <summary>Megabytes of memory in use.</summary>
    public double ResidentMegabytes
    {
        get
        {
            Process.Refresh();
            return Process.WorkingSet64 / 1e6;
        }
    }

    /// <summary>What it has said so far.</summary>
    protected string Output
    {
        get
        {
            lock (_output)
            {
                return string.Join('\n', _output);
            }
        }
    }

    protected int Port { get; }

    protected TempFolder Folder { get; } = new();

    protected Process Process { get; }

    /// <summary>Points sent since the start.</summary>
    protected long PointsSent { get; private set; }

    /// <summary>Starts the process and waits until it accepts connections.</summary>
    public async Task StartAsync()
    {
        var clock = Stopwatch.StartNew();
        try
        {
            Process.Start();
        }
        catch (System.ComponentModel.Win32Exception e)
        {
            throw new RunFailedException($"{Process.StartInfo.FileName} cannot be started: {e.Message}");
        }

        Process.BeginOutputReadLine();
        Process.BeginErrorReadLine();
        while (!await AcceptsAsync())
        {
            if (Process.HasExited || clock.Elapsed > _startLimit)
            {
                throw new RunFailedException($"{Process.StartInfo.FileName} does not accept connections on port {Port}. It said:\n{Output}");
            }

            await Task.Delay(1);
        }

        StartTime = clock.Elapsed;
    }

    /// <summary>Sends a round, and removes what the server wrote of it.</summary>
    public Round Send(Load block, int blocks, int connections)
    {
        var cpu = CpuTime();
        var wall = Blast.Send(Port, block, blocks, connections);
        cpu = CpuTime() - cpu;
        PointsSent += blocks * block.Points;
        RemoveWritten();
        return new Round(blocks * block.Points, wall, cpu);
    }

    /// <summary>Ends the server where all is well with it.</summary>
    public abstract Task StopAsync();

    public void Dispose()
    {
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    protected virtual void Dispose(bool disposing)
    {
        AppDomain.CurrentDomain.ProcessExit -= DisposeAtExit;
        try
        {
            Process.Kill();
            Process.WaitForExit();
        }
        catch (InvalidOperationException)
        {
            // It was never started, or has ended.
        }

        Process.Dispose();
        Folder.Dispose();
    }

    /// <summary>Removes what a round left in the folder, so that it does not fill up.</summary>
    protected abstract void RemoveWritten();

    // From /proc/PID/stat on Linux, in hundredths of a second.
    private TimeSpan CpuTime()
    {
        Process.Refresh();
        return Process.TotalProcessorTime;
    }

    private async Task<bool> AcceptsAsync()
    {
        try
        {
            using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            await socket.ConnectAsync(IPAddress.Loopback, Port);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    private void DisposeAtExit(object? sender, EventArgs e) => Dispose();

    private void TakeOutput(string? line)
    {
        lock (_output)
        {
            _output.Add(line ?? "");
        }
    }

    private static ProcessStartInfo StartInfo(Func<int, string, IReadOnlyList<string>> command, int port, TempFolder folder)
    {
        try
        {
            var words = command(port, folder.Path);
            return new ProcessStartInfo(words[0], words.Skip(1))
            {
                RedirectStandardOutput = true,
                RedirectStandardError = true,
                WorkingDirectory = folder.Path,
            };
        }
        catch
        {
            folder.Dispose();
            throw;
        }
    }

    private static int FreePort()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Any, 0));
        return ((IPEndPoint)socket.LocalEndPoint!).Port;
    }
}
