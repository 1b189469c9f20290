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
          watch    what open live pages take from ingest
          load     how long TensorBoard waits for what event files hold
          soak     whether the server grows, under clients that come and go
          smoke    everything once, to see that it runs
          --filter '*'
                   the layers, by BenchmarkDotNet, whose options these are

        Options of e2e, scale and watch:
          --rounds N           measured rounds after those to warm up (15)
          --points N           points in a round (6000000)
          --server PATH        the server, an executable or a .dll (the Release build beside this program)
        Options of e2e and watch:
          --connections N      connections that share a load (1)
          --loads A,B          of node, scalars, small (all three)
        Options of watch:
          --watchers N         pages open at once (50)
        Options of e2e:
          --reference COMMAND  started beside the server, sent the same in alternation; {port} and {dir} in it are
                               replaced, and it must close a connection once all from it is in its files
        Options of load:
          --mb N               megabytes of event files (1024)
          --runs N             runs they are of (200)
          --rounds N           starts of each server (5)
          --server PATH        as above
          --reference COMMAND  another server of TensorBoard's data service, started in turns; {port} and {dir} in it are
                               replaced
        Options of soak:
          --minutes N          how long (20)
          --clients N          clients at once (20)
          --tensorboard COMMAND
                               started to read along; {dir} in it is replaced
          --server PATH        as above
        """;

    public int Rounds { get; init; } = 15;

    public int WarmUps { get; init; } = 3;

    /// <summary>Fresh servers for the numbers of a first load.</summary>
    public int ColdStarts { get; init; } = 3;

    public long Points { get; init; } = 6_000_000;

    public int Connections { get; init; } = 1;

    public IReadOnlyList<string> Loads { get; init; } = Benchmarks.Loads.Names;

    /// <summary>Live pages open at once.</summary>
    public int Watchers { get; init; } = 50;

    public string? Reference { get; init; }

    public string Server { get; init; } = BuiltServer.DefaultPath;

    /// <summary>Reads the command line.</summary>
    /// <exception cref="RunFailedException">Something in it is wrong.</exception>
    public static RunOptions Parse(string[] arguments)
    {
        var options = new RunOptions();
        foreach (var (name, value) in Pairs(arguments))
        {
            options = name switch
            {
                "--rounds" => options with { Rounds = (int)Whole(name, value, 10_000) },
                "--points" => options with { Points = Whole(name, value, 1_000_000_000) },
                "--connections" => options with { Connections = (int)Whole(name, value, 1_000) },
                "--loads" => options with { Loads = value.Split(',', StringSplitOptions.TrimEntries) },
                "--watchers" => options with { Watchers = (int)Whole(name, value, 10_000) },
                "--reference" => options with { Reference = value },
                "--server" => options with { Server = value },
                _ => throw Unknown(name),
            };
        }

        return options;
    }

    /// <summary>Blocks of a load that make up a round: at least one for each connection.</summary>
    public int BlocksOf(Load block, int connections) => (int)Math.Max(connections, Points / block.Points);

    /// <summary>Options as they are given: a name and a value each.</summary>
    /// <exception cref="RunFailedException">The last has no value.</exception>
    public static IEnumerable<(string Name, string Value)> Pairs(string[] arguments)
    {
        for (var i = 0; i < arguments.Length; i += 2)
        {
            yield return (arguments[i], i + 1 < arguments.Length ? arguments[i + 1] : throw new RunFailedException($"{arguments[i]} needs a value.\n\n{Usage}"));
        }
    }

    public static RunFailedException Unknown(string name) => new($"There is no option {name}.\n\n{Usage}");

    /// <exception cref="RunFailedException">It is no such number.</exception>
    public static long Whole(string name, string value, long most) =>
        long.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= 1 && number <= most
            ? number
            : throw new RunFailedException($"{name} takes a whole number from 1 to {most}, not '{value}'.");
}
