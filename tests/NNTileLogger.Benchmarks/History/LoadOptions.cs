using NNTileLogger.Benchmarks.EndToEnd;

namespace NNTileLogger.Benchmarks.History;

/// <summary>What a <see cref="LoadRun"/> is told on its command line.</summary>
internal sealed record LoadOptions
{
    public int Megabytes { get; init; } = 1024;

    public int Runs { get; init; } = 200;

    public int Rounds { get; init; } = 5;

    public string Server { get; init; } = BuiltServer.DefaultPath;

    public string? Reference { get; init; }

    /// <summary>Reads the command line.</summary>
    /// <exception cref="RunFailedException">Something in it is wrong.</exception>
    public static LoadOptions Parse(string[] arguments)
    {
        var options = new LoadOptions();
        foreach (var (name, value) in RunOptions.Pairs(arguments))
        {
            options = name switch
            {
                "--mb" => options with { Megabytes = (int)RunOptions.Whole(name, value, 100_000) },
                "--runs" => options with { Runs = (int)RunOptions.Whole(name, value, 100_000) },
                "--rounds" => options with { Rounds = (int)RunOptions.Whole(name, value, 100) },
                "--server" => options with { Server = value },
                "--reference" => options with { Reference = value },
                _ => throw RunOptions.Unknown(name),
            };
        }

        return options;
    }
}
