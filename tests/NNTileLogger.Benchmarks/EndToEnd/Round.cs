namespace NNTileLogger.Benchmarks.EndToEnd;

/// <summary>What one server took for one round.</summary>
/// <param name="Points">Points in it.</param>
/// <param name="Wall">Until all connections were closed.</param>
/// <param name="Cpu">Processor time of the server, all threads.</param>
internal readonly record struct Round(long Points, TimeSpan Wall, TimeSpan Cpu)
{
    public double PointsASecond => Points / Wall.TotalSeconds;

    public double CpuNanosecondsAPoint => Cpu.TotalNanoseconds / Points;

    /// <summary>What is left of a round without a shorter one: beginning and end of the session cost as much in both.</summary>
    public Round Without(Round shorter) => new(Points - shorter.Points, Wall - shorter.Wall, Cpu - shorter.Cpu);
}
