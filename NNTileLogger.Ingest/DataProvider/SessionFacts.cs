using System.Globalization;
using System.Text;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using NNTileLogger.Ingest.DataProvider.Protos.HParams;
using NNTileLogger.Ingest.EventFiles;
using NNTileLogger.Ingest.History;
using NNTileLogger.Ingest.Series;
using NNTileLogger.Ingest.Sessions;

namespace NNTileLogger.Ingest.DataProvider;

/// <summary>What can be told of one session, and the texts and records that tell it. Unchanging.</summary>
internal sealed class SessionFacts
{
    private const int MostNames = 200;

    private static readonly SeriesInfo _text = SeriesInfo.OfTensors(SeriesInfo.Text, []);

    private SessionFacts(string id, SessionRecord record)
    {
        Id = id;
        Record = record;
    }

    /// <summary>The name of its directory, which is the run that its notes are in.</summary>
    public string Id { get; }

    public SessionRecord Record { get; }

    /// <summary>Its memory nodes by name.</summary>
    public List<string> MemoryNodes { get; } = [];

    /// <summary>The folders of its workers.</summary>
    public List<string> Workers { get; } = [];

    /// <summary>Its user's scalars, by folder and tag.</summary>
    public List<(string Folder, string Tag)> Scalars { get; } = [];

    /// <summary>How many links it has.</summary>
    public int Links { get; private set; }

    /// <summary>Collects them.</summary>
    public static SessionFacts Of(string id, SessionRecord record, Catalog catalog)
    {
        var facts = new SessionFacts(id, record);
        foreach (var (run, tag) in catalog.SeriesBelow(id))
        {
            var folder = run[(id.Length + 1)..];
            var name = RunFolder.Unescape(folder);
            switch (Measures.KindOf(name, tag))
            {
                case SeriesKind.Worker:
                    facts.Workers.Add(folder);
                    break;
                case SeriesKind.Memory:
                    facts.MemoryNodes.Add(name);
                    break;
                case SeriesKind.Bus when Encoding.UTF8.GetBytes(tag).AsSpan().SequenceEqual(Measures.LinkTag):
                    facts.Links++;
                    break;
                case SeriesKind.Scalar:
                    facts.Scalars.Add((folder, tag));
                    break;
                default:
                    break;
            }
        }

        facts.MemoryNodes.Sort(StringComparer.Ordinal);
        facts.Workers.Sort(StringComparer.Ordinal);
        facts.Scalars.Sort();
        return facts;
    }

    /// <summary>True where a record says nothing else. What changes with every message is not told.</summary>
    public bool Tell(SessionRecord record) =>
        ReferenceEquals(Record, record)
        || (Record.Start == record.Start && Record.HowEnded == record.HowEnded && Record.End == record.End
            && Record.Connections == record.Connections && Record.Peer == record.Peer
            && (record.End is null || Record.Points == record.Points));

    /// <summary>What is compared between sessions, each a text or a number.</summary>
    public Dictionary<string, Value> Parameters()
    {
        var parameters = new Dictionary<string, Value>(StringComparer.Ordinal)
        {
            ["peer"] = Value.ForString(Record.Peer),
            ["workers"] = Value.ForNumber(Record.Workers.Count),
            ["memory nodes"] = Value.ForNumber(MemoryNodes.Count),
            ["links"] = Value.ForNumber(Links),
            ["connections"] = Value.ForNumber(Record.Connections),
        };
        foreach (var kind in Record.Workers.GroupBy(KindOf, StringComparer.Ordinal))
        {
            parameters[$"workers {kind.Key}"] = Value.ForNumber(kind.Count());
        }

        return parameters;
    }

    /// <summary>The text of the Text page, in Markdown.</summary>
    public Note TextNote()
    {
        var text = new StringBuilder("| session | |\n|---|---|\n");
        Row(text, "peer", Escape(Record.Peer));
        Row(text, "start", TimeOf(Record.Start));
        Row(text, "state", Ending());
        Row(text, "connections", Record.Connections.ToString(CultureInfo.InvariantCulture));
        if (Record is { HowEnded: not null, Points: { } points })
        {
            Row(text, "points", points.ToString(CultureInfo.InvariantCulture));
        }

        Row(text, "workers", Names(Record.Workers));
        Row(text, "memory nodes", Names(MemoryNodes));
        Row(text, "links", Links.ToString(CultureInfo.InvariantCulture));
        return new Note(_text, Record.Start.ToWallTime(), Encoding.UTF8.GetBytes(text.ToString()));
    }

    /// <summary>The record of how it began.</summary>
    public Note StartNote()
    {
        var start = new SessionStartInfo { StartTimeSecs = Record.Start.ToWallTime() };
        foreach (var (name, value) in Parameters())
        {
            start.Hparams[name] = value;
        }

        return NoteOf(new HParamsPluginData { SessionStartInfo = start }, Record.Start);
    }

    /// <summary>The record of how it ended, or that it has not.</summary>
    public Note EndNote() => NoteOf(
        new HParamsPluginData
        {
            SessionEndInfo = new SessionEndInfo
            {
                Status = Record.HowEnded switch
                {
                    null => Status.Running,
                    SessionEnd.Ended => Status.Success,
                    _ => Status.Failure,
                },
                EndTimeSecs = Record.End?.ToWallTime() ?? 0,
            },
        },
        Record.Start);

    /// <summary>The kind of a worker: its name without the number.</summary>
    private static string KindOf(string worker)
    {
        var kind = worker.AsSpan().TrimEnd("0123456789_.:-# ").Trim();
        var space = kind.IndexOf(' ');
        kind = space > 0 ? kind[..space] : kind;
        return kind.IsEmpty ? worker : kind.ToString();
    }

    private static Note NoteOf(HParamsPluginData data, DateTimeOffset since) =>
        new(SeriesInfo.OfTensors(SeriesInfo.HParams, data.ToByteArray()), since.ToWallTime(), null);

    private string Ending() => Record.HowEnded switch
    {
        null => "running",
        SessionEnd.Ended => $"ended by its client, {TimeOf(Record.End)}",
        SessionEnd.Cut => $"its client stopped inside a line, {TimeOf(Record.End)}",
        SessionEnd.Reset => $"its client's connection was reset, {TimeOf(Record.End)}",
        SessionEnd.Unreachable => $"its client's machine did not answer any more, {TimeOf(Record.End)}",
        SessionEnd.ServerStopped => $"the server was stopped, {TimeOf(Record.End)}",
        SessionEnd.ServerCrashed => $"the server was killed, {TimeOf(Record.End)}",
        _ => TimeOf(Record.End),
    };

    private static string TimeOf(DateTimeOffset? time) =>
        time?.ToUniversalTime().ToString("yyyy-MM-dd HH:mm:ss 'UTC'", CultureInfo.InvariantCulture) ?? "";

    private static string Names(IReadOnlyList<string> names) =>
        string.Create(CultureInfo.InvariantCulture, $"{names.Count}")
        + (names.Count == 0 ? "" : ": " + string.Join(", ", names.Take(MostNames).Select(Escape)) + (names.Count > MostNames ? ", ..." : ""));

    private static void Row(StringBuilder text, string name, string value) => text.Append("| ").Append(name).Append(" | ").Append(value).Append(" |\n");

    // Names come from clients: nothing in them is a word of Markdown.
    private static string Escape(string name)
    {
        var escaped = new StringBuilder(name.Length);
        foreach (var c in name)
        {
            if (char.IsControl(c))
            {
                escaped.Append(' ');
            }
            else if (char.IsAscii(c) && char.IsPunctuation(c) | char.IsSymbol(c))
            {
                escaped.Append("&#").Append((int)c).Append(';');
            }
            else
            {
                escaped.Append(c);
            }
        }

        return escaped.ToString();
    }
}
