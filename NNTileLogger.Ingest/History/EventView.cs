namespace NNTileLogger.Ingest.History;

/// <summary>What one event holds that anybody is shown, as it stands in the file.</summary>
internal readonly ref struct EventView
{
    private const int WallTimeField = 1;
    private const int StepField = 2;
    private const int GraphField = 4;
    private const int SummaryField = 5;
    private const int RunMetadataField = 8;

    private EventView(double wallTime, long step, EventKind kind, ReadOnlySpan<byte> body)
    {
        WallTime = wallTime;
        Step = step;
        Kind = kind;
        Body = body;
    }

    /// <summary>Seconds since the epoch.</summary>
    public double WallTime { get; }

    public long Step { get; }

    public EventKind Kind { get; }

    /// <summary>The message of its kind: a Summary, a TaggedRunMetadata; the bytes of a graph.</summary>
    public ReadOnlySpan<byte> Body { get; }

    /// <summary>Reads an event.</summary>
    /// <returns>False where it is none.</returns>
    public static bool TryRead(ReadOnlySpan<byte> data, out EventView view)
    {
        var wallTime = 0.0;
        var step = 0L;
        var kind = EventKind.Other;
        ReadOnlySpan<byte> body = default;
        var reader = new ProtoReader(data);
        while (reader.Next())
        {
            switch (reader.Field, reader.Kind)
            {
                case (WallTimeField, WireKind.Fixed64):
                    wallTime = reader.Double;
                    break;
                case (StepField, WireKind.Varint):
                    step = (long)reader.Number;
                    break;
                case (GraphField, WireKind.Bytes):
                    kind = EventKind.Graph;
                    body = reader.Bytes;
                    break;
                case (SummaryField, WireKind.Bytes):
                    kind = EventKind.Summary;
                    body = reader.Bytes;
                    break;
                case (RunMetadataField, WireKind.Bytes):
                    kind = EventKind.RunMetadata;
                    body = reader.Bytes;
                    break;
                default:
                    break;
            }
        }

        view = new EventView(wallTime, step, kind, body);
        return !reader.IsMalformed;
    }
}

/// <summary>What an event is about.</summary>
internal enum EventKind
{
    /// <summary>Nothing that is shown: a file version, a log message.</summary>
    Other,
    Summary,
    Graph,
    RunMetadata,
}
