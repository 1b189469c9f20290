using System.Globalization;
using System.Text.RegularExpressions;
using NNTileLogger.Ingest.Tests.Support;
using Xunit;

namespace NNTileLogger.Ingest.FaultTests.Support;

/// <summary>The line of sums that the service says when it stops. Reading it checks that both sums come out.</summary>
internal sealed partial record ShutdownSums(
    long Lines, long Accepted, long NotJson, long TooLong, long TooDeep, long Cut, long InvalidElements, long Made, long Written, long Buffered, long Dropped)
{
    /// <summary>Stops the service, which must be clean and in time, and reads its sums.</summary>
    public static async Task<ShutdownSums> StopAsync(IngestProcess server)
    {
        await server.StopAsync();
        return Of(server);
    }

    /// <summary>The sums of a service that has stopped.</summary>
    public static ShutdownSums Of(IngestProcess server) => Read(server.Output, server.Everything);

    /// <summary>The sums of a service in this process, all of whose clients have ended.</summary>
    public static ShutdownSums Of(InProcessIngest server) => Read(server.Sums, () => server.Sums);

    private static ShutdownSums Read(string text, Func<string> everything)
    {
        var found = Pattern().Match(text);
        Assert.True(found.Success, $"the sums are not said.\n{everything()}");
        long Number(string name) => long.Parse(found.Groups[name].Value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);
        var sums = new ShutdownSums(
            Number("lines"), Number("accepted"), Number("json"), Number("long"), Number("deep"), Number("cut"),
            Number("invalid"), Number("made"), Number("written"), Number("buffered"), Number("dropped"));
        var rejected = Number("rejected");
        Assert.Equal(sums.Lines, sums.Accepted + rejected);
        Assert.Equal(rejected, sums.NotJson + sums.TooLong + sums.TooDeep + sums.Cut);
        Assert.Equal(sums.Made, sums.Written + sums.Buffered + sums.Dropped);
        Assert.Equal(sums.Dropped, Number("unwritten") + Number("extra"));
        Assert.True(sums.Buffered >= 0, $"more points were written and dropped than made: {found.Value}");
        return sums;
    }

    /// <summary>Fails unless every point made is in the files, and all of these are.</summary>
    public void AssertAllWritten(long points)
    {
        Assert.Equal(points, Made);
        Assert.Equal(points, Written);
        Assert.Equal(0, Buffered);
        Assert.Equal(0, Dropped);
    }

    [GeneratedRegex(
        @"lines received (?<lines>\d+) = accepted (?<accepted>\d+) \+ rejected (?<rejected>\d+) \(not JSON (?<json>\d+), too long (?<long>\d+), too deep (?<deep>\d+), cut (?<cut>\d+)\); "
        + @"(?<invalid>\d+) invalid elements; points made (?<made>\d+) = written (?<written>\d+) \+ buffered (?<buffered>-?\d+) \+ dropped (?<dropped>\d+) \(not writable (?<unwritten>\d+), too many series (?<extra>\d+)\)")]
    private static partial Regex Pattern();
}
