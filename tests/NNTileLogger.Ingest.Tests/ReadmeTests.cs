using System.Text.RegularExpressions;
using Microsoft.Extensions.Configuration;
using NNTileLogger.Ingest.EventFiles;
using NNTileLogger.Ingest.Points;
using NNTileLogger.Ingest.Protocol;
using Xunit;

namespace NNTileLogger.Ingest.Tests;

/// <summary>README's tables say what the code does.</summary>
public sealed partial class ReadmeTests
{
    [Fact]
    public void Options_TheServiceReads_AreInReadmeWithTheirDefaults()
    {
        var table = Rows("## Options").ToDictionary(row => row[0], row => row[1], StringComparer.Ordinal);
        var asked = new AskedSource();
        var defaults = IngestOptions.Read(new ConfigurationBuilder().Add(asked).Build());
        Assert.Empty(asked.Names.Except(table.Keys, StringComparer.Ordinal));

        var written = asked.Names.Where(name => name != "ALLOWED_CLIENTS" && table[name] != "-").ToDictionary(name => name, name => (string?)table[name], StringComparer.Ordinal);
        var fromReadme = IngestOptions.Read(new ConfigurationBuilder().AddInMemoryCollection(written).Build());
        Assert.Equal(defaults, fromReadme with { AllowedClients = defaults.AllowedClients });
    }

    [Fact]
    public void Metrics_TheServiceHas_AreInReadme()
    {
        var named = Rows("## Metrics").Select(row => row[0]).ToList();
        using var metrics = new IngestMetrics();
        using var buffer = new PointBuffer(1);
        metrics.Observe(new OpenFiles(1), buffer, new LineBudget(1, metrics), new PointMemory(0));
        var instruments = new List<string>();
        using var listener = new System.Diagnostics.Metrics.MeterListener();
        listener.InstrumentPublished = (instrument, _) =>
        {
            if (instrument.Meter.Name == IngestMetrics.MeterName)
            {
                instruments.Add(instrument.Name);
            }
        };
        listener.Start();
        Assert.NotEmpty(instruments);
        Assert.Empty(instruments.Distinct().Except(named, StringComparer.Ordinal));
    }

    // Every name in back quotes of a row's first column, each with the second column; a name that begins with a dot is
    // the service's.
    private static IEnumerable<string[]> Rows(string heading)
    {
        var lines = File.ReadLines(ReadmePath()).SkipWhile(line => line != heading).Skip(1).TakeWhile(line => !line.StartsWith("## ", StringComparison.Ordinal));
        foreach (var cells in lines.Where(line => line.StartsWith("| `", StringComparison.Ordinal)).Select(line => line.Split('|', StringSplitOptions.TrimEntries)))
        {
            foreach (var name in Quoted().Matches(cells[1]).Select(match => match.Groups[1].Value))
            {
                yield return [name[0] == '.' ? "nntile_logger" + name : name, cells[2].Trim('`')];
            }
        }
    }

    private static string ReadmePath()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            var path = Path.Combine(folder.FullName, "README.md");
            if (File.Exists(path) && File.Exists(Path.Combine(folder.FullName, "NNTileLogger.slnx")))
            {
                return path;
            }
        }

        throw new FileNotFoundException("README.md is not above the tests' folder");
    }

    [GeneratedRegex("`([^`]+)`")]
    private static partial Regex Quoted();

    /// <summary>A configuration in which nothing is set, and which remembers what it was asked for.</summary>
    private sealed class AskedSource : ConfigurationProvider, IConfigurationSource
    {
        public HashSet<string> Names { get; } = new(StringComparer.Ordinal);

        public IConfigurationProvider Build(IConfigurationBuilder builder) => this;

        public override bool TryGet(string key, out string? value)
        {
            Names.Add(key);
            value = null;
            return false;
        }
    }
}
