using System.Text;

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

/// <summary>The names of all members, in the order in which clients write them most often.</summary>
internal static class MemberKeys
{
    private static readonly MemberKey[][] _keys =
    [
        [new("buses", Member.Buses), new("memory_nodes", Member.MemoryNodes), new("scalars", Member.Scalars), new("workers", Member.Workers)],
        [new("flops", Member.Amount), new("name", Member.Name), new("total_time", Member.Seconds)],
        [
            new("dst_name", Member.Destination), new("src_name", Member.Name),
            new("total_bus_time", Member.Seconds), new("transferred_bytes", Member.Amount),
        ],
        [new("name", Member.Name), new("size", Member.Amount)],
        [new("name", Member.Name), new("values", Member.Values)],
    ];

    public static ReadOnlySpan<MemberKey> Of(ElementKind kind) => _keys[(int)kind];
}

/// <summary>A member's name.</summary>
internal readonly struct MemberKey(string name, Member member)
{
    private readonly byte[] _bytes = Encoding.UTF8.GetBytes($"{name}\":");

    /// <summary>The name with its closing quote and the colon.</summary>
    public byte[] Bytes => _bytes;

    public ReadOnlySpan<byte> Name => _bytes.AsSpan(0, _bytes.Length - 2);

    public Member Member { get; } = member;
}
