using System.Diagnostics;
using System.Globalization;
using NNTileLogger.Ingest.FaultTests.Support;
using NNTileLogger.Ingest.Tests.Support;
using Xunit;

namespace NNTileLogger.Ingest.FaultTests.Clients;

/// <summary>
/// A well-behaved training beside an attacker: sends one point after the other, each when the last is in its file, and
/// notes how long that took. Runs on a thread of its own between start and end.
/// </summary>
internal sealed class Bystander : IDisposable
{
    private const string Name = "bystander";

    // One second, with five-fold room for a busy machine.
    private static readonly TimeSpan _longestDelay = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan _giveUp = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan _look = TimeSpan.FromMilliseconds(3);
    private static readonly TimeSpan _pause = TimeSpan.FromMilliseconds(20);

    private readonly NNTileClient _client;
    private readonly string _logs;
    private readonly string _file;
    private readonly CancellationTokenSource _done = new();
    private readonly TaskCompletionSource _running = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly List<TimeSpan> _delays = [];
    private readonly ManualResetEvent _never = new(false);

    private Bystander(NNTileClient client, string logs, string file)
    {
        _client = client;
        _logs = logs;
        _file = file;
        // Not on the threads that the attackers of the same process use.
        new Thread(Run) { IsBackground = true, Priority = ThreadPriority.AboveNormal }.Start();
    }

    /// <summary>Points sent, by the line of each.</summary>
    public int Sent { get; private set; } = 1;

    /// <summary>Connects; its first point is in its file on return.</summary>
    public static async Task<Bystander> StartAsync(IngestProcess server, string logs)
    {
        var client = await NNTileClient.ConnectAsync(server.Port);
        await client.SendAsync(NumberedCurve.Line(Name, 1));
        await Eventually.IsTrueAsync(() => Find(logs) is { } file && new FileInfo(file).Length > 0, _giveUp, () => $"the first point is in its file.\n{server.Output}");
        return new Bystander(client, logs, Find(logs)!);
    }

    /// <summary>Ends as a training does. Fails unless every point is there once and none was late.</summary>
    public async Task EndAsync()
    {
        await _done.CancelAsync();
        await _running.Task;
        await _client.EndAsync();
        NumberedCurve.AssertWhole(LogDirectoryReader.ReadSession(Path.GetDirectoryName(Path.GetDirectoryName(_file)!)!, writerAtWork: false), Name, Sent);
        Assert.Single(LogDirectoryReader.SessionPaths(_logs), path => Directory.Exists(Path.Combine(path, Name)));
        var (middle, longest) = (_delays.Order().ElementAt(_delays.Count / 2), _delays.Max());
        Say(string.Create(
            CultureInfo.InvariantCulture,
            $"a training beside the attack: {_delays.Count} points, delay {middle.TotalMilliseconds:F0} ms in the middle, {longest.TotalMilliseconds:F0} ms at most"));
        Assert.True(longest < _longestDelay, $"a training beside the attack waited {longest.TotalSeconds:F1} s for its point");
    }

    /// <summary>Puts a measured number into the test's output.</summary>
    public static void Say(string text) => TestContext.Current.TestOutputHelper!.WriteLine(text);

    public void Dispose()
    {
        _done.Cancel();
        _client.Dispose();
        _never.Dispose();
        _done.Dispose();
    }

    private void Run()
    {
        try
        {
            var length = SettledLength();
            while (!_done.IsCancellationRequested)
            {
                var sent = Stopwatch.GetTimestamp();
                _client.Send(NumberedCurve.Line(Name, ++Sent));
                while (new FileInfo(_file).Length is var now && now == length)
                {
                    Assert.True(Stopwatch.GetElapsedTime(sent) < _giveUp, $"point {Sent} of a training beside the attack does not come into its file");
                    Pause(_look);
                }

                _delays.Add(Stopwatch.GetElapsedTime(sent));
                length = new FileInfo(_file).Length;
                _done.Token.WaitHandle.WaitOne(_pause);
            }

            _running.SetResult();
        }
        catch (Exception e)
        {
            _running.SetException(e);
        }
    }

    // The file's own first record and the first point come in one write or in two.
    private long SettledLength()
    {
        while (!LogDirectoryReader.ReadEvents(_file, writerAtWork: true).Any())
        {
            Pause(_look);
        }

        return new FileInfo(_file).Length;
    }

    private void Pause(TimeSpan time) => _never.WaitOne(time);

    private static string? Find(string logs) =>
        LogDirectoryReader.SessionPaths(logs).Select(session => Path.Combine(session, Name)).Where(Directory.Exists)
            .SelectMany(LogDirectoryReader.EventFiles).SingleOrDefault();
}
