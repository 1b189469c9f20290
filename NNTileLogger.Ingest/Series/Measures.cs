namespace NNTileLogger.Ingest.Series;

/// <summary>Every tag of the server's own, its unit and its formula.</summary>
internal static class Measures
{
    private const double Giga = 1e9;
    private const double Gibi = 1 << 30;

    /// <summary>A worker's speed, 1e9 floating-point operations a second.</summary>
    public static ReadOnlySpan<byte> WorkerTag => "Perf/GFlops/s"u8;

    /// <summary>What goes over one link, 1e9 bytes a second.</summary>
    public static ReadOnlySpan<byte> LinkTag => "Perf/Data_link_GB/s"u8;

    /// <summary>What a memory node sends over all its links, 1e9 bytes a second.</summary>
    public static ReadOnlySpan<byte> SendTag => "Perf/Data_send_GB/s"u8;

    /// <summary>What a memory node receives over all its links, 1e9 bytes a second.</summary>
    public static ReadOnlySpan<byte> ReceiveTag => "Perf/Data_recv_GB/s"u8;

    /// <summary>What is in use on a memory node, 2^30 bytes.</summary>
    public static ReadOnlySpan<byte> MemoryTag => "MemoryUsage by GB"u8;

    /// <summary>Between the two ends of a link in the name of its run.</summary>
    public static ReadOnlySpan<byte> LinkArrow => "->"u8;

    /// <summary>What a series measures. A user's scalar is called as its run, whatever the name is.</summary>
    public static SeriesKind KindOf(string run, string tag) => tag switch
    {
        _ when run == tag => SeriesKind.Scalar,
        _ when Is(tag, WorkerTag) => SeriesKind.Worker,
        _ when Is(tag, LinkTag) || Is(tag, SendTag) || Is(tag, ReceiveTag) => SeriesKind.Bus,
        _ when Is(tag, MemoryTag) => SeriesKind.Memory,
        _ => SeriesKind.Scalar,
    };

    /// <summary>An amount a second in units of 1e9. StarPU's first tick has no length yet: that is no rate.</summary>
    public static double Rate(double amount, double seconds) => seconds == 0 ? 0 : amount / seconds / Giga;

    /// <summary>Bytes in units of 2^30.</summary>
    public static double Memory(double bytes) => bytes / Gibi;

    private static bool Is(string tag, ReadOnlySpan<byte> measure) => System.Text.Ascii.Equals(measure, tag);
}
