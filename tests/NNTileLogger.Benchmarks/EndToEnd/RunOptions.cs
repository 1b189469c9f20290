using System.Globalization;

namespace NNTileLogger.Benchmarks.EndToEnd;

/// <summary>What a run with started servers is told on its command line, and how much it does.</summary>
internal sealed record RunOptions
{
    public const string Usage =
        """
        Usage: dotnet run -c Release --project tests/NNTileLogger.Benchmarks -- WHAT

          e2e      the server as a whole, by load
          scale    the cost of a point, by number of series and of connections
          smoke    everything once, to see that it runs
          --filter '*'
                   the layers, by BenchmarkDotNet, whose options these are

        Options of e2e and scale:
          --rounds N           measured rounds after those to warm up (15)
          --points N           points in a round (6000000)
          --server PATH        the server, an executable or a .dll (the Release build beside this program)
        Options of e2e:
          --connections N      connections that share a load (1)
          --loads A,B          of node, scalars, small (all three)
          --reference COMMAND  started beside the server, sent the same in alternation; {port} and {dir} in it are
                               replaced, and it must close a connection once all from it is in its files
        """;

    public int Rounds { get; init; } = 15;

    public int WarmUps { get; init; } = 3;

    /// <summary>Fresh servers for the numbers of a first load.</summary>
    public int ColdStarts { get; init; } = 3;

    public long Points { get; init; } = 6_000_000;

    public int Connections { get; init; } = 1;

    public IReadOnlyList<string> Loads { get; init; } = Benchmarks.Loads.Names;

    public string? Reference { get; init; }

    public string Server { get; init; } = BuiltServer.DefaultPath;

    /// <summary>Reads the command line.</summary>
    /// <exception cref="RunFailedException">Something in it is wrong.</exception>
    public static RunOptions Parse(string[] arguments)
    {
        var options = new RunOptions();
        for (var i = 0; i < arguments.Length; i += 2)
        {
            var value = i + 1 < arguments.Length ? arguments[i + 1] : throw new RunFailedException($"{arguments[i]} needs a value.\n\n{Usage}");
            options = arguments[i] switch
            {
                "--rounds" => options with { Rounds = (int)Whole(arguments[i], value, 10_000) },
                "--points" => options with { Points = Whole(arguments[i], value, 1_000_000_000) },
                "--connections" => options with { Connections = (int)Whole(arguments[i], value, 1_000) },
                "--loads" => options with { Loads = value.Split(',', StringSplitOptions.TrimEntries) },
                "--reference" => options with { Reference = value },
                "--server" => options with { Server = value },
                _ => throw new RunFailedException($"There is no option {arguments[i]}.\n\n{Usage}"),
            };
        }

        return options;
    }

    /// <summary>Blocks of a load that make up a round: at least one for each connection.</summary>
    public int BlocksOf(Load block, int connections) => (int)Math.Max(connections, Points / block.Points);

    private static long Whole(string name, string value, long most) =>
        long.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= 1 && number <= most
            ? number
            : throw new RunFailedException($"{name} takes a whole number from 1 to {most}, not '{value}'.");
}
