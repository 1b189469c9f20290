using System.Globalization;

namespace NNTileLogger.Ingest.EventFiles;

/// <summary>
/// Names of event files: <c>events.out.tfevents.&lt;10 digits of seconds&gt;.&lt;host&gt;.&lt;pid&gt;.&lt;number&gt;</c>, as
/// https://github.com/tensorflow/tensorboard/blob/2.21.0/tensorboard/summary/writer/event_file_writer.py has it.
/// Readers take the files of a directory in lexicographic order, so a new name must sort behind all that are there.
/// </summary>
internal sealed class EventFileNaming(string hostName, int processId)
{
    /// <summary>Every file whose name holds this word is read as an event file by TensorBoard.</summary>
    public const string Word = "tfevents";

    private const string Prefix = "events.out.tfevents.";
    private const int SecondsDigits = 10;

    // A slash cannot be in a host name, but a test or a container may set odd ones.
    private readonly string _host = hostName.Replace('/', '_');
    private int _number = -1;

    /// <summary>Bytes that a name of ours can take at most.</summary>
    public int LongestName => Prefix.Length + SecondsDigits + _host.Length + 24;

    /// <summary>The name for a new event file in a directory.</summary>
    public string NextName(string directory, DateTimeOffset now)
    {
        var last = Directory.EnumerateFiles(directory, $"*{Word}*")
            .Select(Path.GetFileName)
            .Max(StringComparer.Ordinal);
        var number = Interlocked.Increment(ref _number);
        var seconds = now.ToUnixTimeSeconds();
        var name = Name(seconds, number);
        if (string.CompareOrdinal(last, name) >= 0 && SecondsOf(last!) is { } latest)
        {
            // The clock was set back, or another process or host wrote here in the same second.
            name = Name(latest + 1, number);
        }

        return name;
    }

    /// <summary>True where a name is one that this process gives, or one with the same host and number gave.</summary>
    public bool IsOurs(string name) =>
        SecondsOf(name) is not null && name.AsSpan(Prefix.Length + SecondsDigits).StartsWith($".{_host}.{processId}.", StringComparison.Ordinal);

    private string Name(long seconds, int number) =>
        string.Create(CultureInfo.InvariantCulture, $"{Prefix}{seconds:d10}.{_host}.{processId}.{number:d6}");

    private static long? SecondsOf(string name) =>
        name.Length > Prefix.Length + SecondsDigits
        && name.StartsWith(Prefix, StringComparison.Ordinal)
        && long.TryParse(name.AsSpan(Prefix.Length, SecondsDigits), NumberStyles.None, CultureInfo.InvariantCulture, out var seconds)
            ? seconds
            : null;
}
