using NNTileLogger.Ingest.EventFiles;
using NNTileLogger.Ingest.Protocol;

namespace NNTileLogger.Ingest.Sessions;

/// <summary>
/// Tells a client that reconnects from a program that was started again: the client counts its workers' time from its
/// last message, so that the first time it sends is the length of the outage; a new program's is short. The section on
/// sessions in README has the rule. Pure functions.
/// </summary>
internal static class Reconnection
{
    /// <summary>The client gives up after 303 s.</summary>
    public static readonly TimeSpan Window = TimeSpan.FromMinutes(6);

    // Its first retry comes after 1 s; a program is rerun sooner, or later.
    private const double ShortestOutage = 0.9;

    // After a cut line we know to the message when the client last read its counters; else some sends may have failed.
    private const double SlackAfterCutLine = 1;
    private const double Slack = 2.5;

    /// <summary>True where a session may be continued at all.</summary>
    public static bool IsAbnormal(SessionEnd? how) => how is not (null or SessionEnd.Ended);

    /// <summary>True where a first message's worker times say that the program has been running through an outage.</summary>
    /// <param name="message">The first message of a connection.</param>
    /// <param name="least">At least so long after the session's last message it came.</param>
    /// <param name="most">And at most.</param>
    /// <param name="how">How the session's connection ended.</param>
    public static bool Explains(Message message, TimeSpan least, TimeSpan most, SessionEnd how)
    {
        var slack = how == SessionEnd.Cut ? SlackAfterCutLine : Slack;
        foreach (ref readonly var worker in message.Workers.Span)
        {
            // Written so that a NaN fails.
            if (!(worker.Seconds >= ShortestOutage
                && worker.Seconds >= least.TotalSeconds - slack
                && worker.Seconds <= most.TotalSeconds + slack))
            {
                return false;
            }
        }

        return message.Workers.Count > 0;
    }

    /// <summary>The names of a message's workers, in an order of their own.</summary>
    public static IReadOnlyList<string> WorkersOf(ReadOnlySpan<byte> line, Message message)
    {
        var names = new string[message.Workers.Count];
        for (var i = 0; i < names.Length; i++)
        {
            names[i] = NameText.Decode(message.NameIn(line, message.Workers.Span[i].Name));
        }

        Array.Sort(names, StringComparer.Ordinal);
        return names;
    }
}
