namespace NNTileLogger.Ingest.Protocol;

/// <summary>What an object of the protocol is: the message itself or an element of one of its arrays.</summary>
internal enum ElementKind
{
    Message,
    Worker,
    Bus,
    MemoryNode,
    Scalar,
}

/// <summary>What a member of such an object means.</summary>
internal enum Member
{
    Unknown,
    Workers,
    Buses,
    MemoryNodes,
    Scalars,

    /// <summary>Of a worker, memory node or scalar; of a bus the name of its source.</summary>
    Name,
    Destination,
    Seconds,

    /// <summary>Operations or bytes.</summary>
    Amount,
    Values,
}

/// <summary>The names of all members; pure functions.</summary>
internal static class MemberKeys
{
    /// <summary>
    /// Tells a key as clients write it, by its first letter and then by all of it with its quote and colon at once.
    /// </summary>
    /// <param name="kind">The object it is in.</param>
    /// <param name="text">The line behind the key's opening quote.</param>
    /// <param name="length">Bytes up to the colon, which is included.</param>
    /// <returns>Unknown also where white space or an escape makes it look different.</returns>
    public static Member Match(ElementKind kind, ReadOnlySpan<byte> text, out int length)
    {
        switch (kind, text[0])
        {
            case (ElementKind.Worker or ElementKind.MemoryNode or ElementKind.Scalar, (byte)'n') when text.StartsWith("name\":"u8):
                length = 6;
                return Member.Name;
            case (ElementKind.Worker, (byte)'f') when text.StartsWith("flops\":"u8):
                length = 7;
                return Member.Amount;
            case (ElementKind.Worker, (byte)'t') when text.StartsWith("total_time\":"u8):
                length = 12;
                return Member.Seconds;
            case (ElementKind.Bus, (byte)'d') when text.StartsWith("dst_name\":"u8):
                length = 10;
                return Member.Destination;
            case (ElementKind.Bus, (byte)'s') when text.StartsWith("src_name\":"u8):
                length = 10;
                return Member.Name;
            case (ElementKind.Bus, (byte)'t') when text.StartsWith("total_bus_time\":"u8):
                length = 16;
                return Member.Seconds;
            case (ElementKind.Bus, (byte)'t') when text.StartsWith("transferred_bytes\":"u8):
                length = 19;
                return Member.Amount;
            case (ElementKind.MemoryNode, (byte)'s') when text.StartsWith("size\":"u8):
                length = 6;
                return Member.Amount;
            case (ElementKind.Scalar, (byte)'v') when text.StartsWith("values\":"u8):
                length = 8;
                return Member.Values;
            case (ElementKind.Message, (byte)'w') when text.StartsWith("workers\":"u8):
                length = 9;
                return Member.Workers;
            case (ElementKind.Message, (byte)'b') when text.StartsWith("buses\":"u8):
                length = 7;
                return Member.Buses;
            case (ElementKind.Message, (byte)'m') when text.StartsWith("memory_nodes\":"u8):
                length = 14;
                return Member.MemoryNodes;
            case (ElementKind.Message, (byte)'s') when text.StartsWith("scalars\":"u8):
                length = 9;
                return Member.Scalars;
            default:
                length = 0;
                return Member.Unknown;
        }
    }
}
