using NNTileLogger.Benchmarks.EndToEnd;

namespace NNTileLogger.Benchmarks.Soak;

/// <summary>What a soak is told on its command line.</summary>
internal sealed record SoakOptions
{
    // A session whose client was lost is kept for six minutes: no sooner does as much go as comes.
    private static readonly TimeSpan _longestWarmUp = TimeSpan.FromMinutes(8);
    private const double WarmUpShare = 0.4;

    public int Minutes { get; init; } = 20;

    public int Clients { get; init; } = 20;

    public string? TensorBoard { get; init; }

    public string Server { get; init; } = BuiltServer.DefaultPath;

    /// <summary>Of the whole time, what is left out of the slopes.</summary>
    public TimeSpan WarmUp => TimeSpan.FromMinutes(Math.Min(_longestWarmUp.TotalMinutes, Minutes * WarmUpShare));

    /// <summary>Reads the command line.</summary>
    /// <exception cref="RunFailedException">Something in it is wrong.</exception>
    public static SoakOptions Parse(string[] arguments)
    {
        var options = new SoakOptions();
        foreach (var (name, value) in RunOptions.Pairs(arguments))
        {
            options = name switch
            {
                "--minutes" => options with { Minutes = (int)RunOptions.Whole(name, value, 100_000) },
                "--clients" => options with { Clients = (int)RunOptions.Whole(name, value, 1_000) },
                "--tensorboard" => options with { TensorBoard = value },
                "--server" => options with { Server = value },
                _ => throw RunOptions.Unknown(name),
            };
        }

        return options;
    }
}
