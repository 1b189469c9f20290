using System.Diagnostics;
using System.Net;
using System.Text.Json;
using NNTileLogger.Ingest.Tests.Support;
using Xunit;

namespace NNTileLogger.Ingest.Tests.Outside;

/// <summary>
/// What begins a session and what continues one, where the server itself stays up. Silences are real: they are what tells a
/// reconnection from a rerun. Each test has workers of its own, so that no other test's session fits.
/// </summary>
public sealed class SessionTests(RunningIngest ingest) : IClassFixture<RunningIngest>
{
    private static readonly TimeSpan _silence = TimeSpan.FromSeconds(1);

    [Fact]
    public async Task Client_ThatEnded_IsANewSessionNextTime()
    {
        using var first = await Training.BeginAsync(ingest, "ended");
        await first.EndAsync();
        using var second = await first.AgainAsync(_silence);

        await AssertSessionsAsync("ended", [1], [2]);
    }

    [Fact]
    public async Task Client_ThatWasReset_ContinuesItsSession()
    {
        using var first = await Training.BeginAsync(ingest, "reset");
        first.Reset();
        using var second = await first.AgainAsync(_silence);

        await AssertSessionsAsync("reset", [1, 2]);
    }

    [Fact]
    public async Task Client_ThatWasResetTwice_ContinuesItsSessionTwice()
    {
        using var first = await Training.BeginAsync(ingest, "reset twice");
        first.Reset();
        using var second = await first.AgainAsync(_silence);
        await second.ArrivedAsync(2);
        second.Reset();
        using var third = await second.AgainAsync(_silence);

        await AssertSessionsAsync("reset twice", [1, 2, 3]);
    }

    [Fact]
    public async Task Client_ThatContinuedAndThenEnded_IsANewSessionNextTime()
    {
        using var first = await Training.BeginAsync(ingest, "continued and ended");
        first.Reset();
        using var second = await first.AgainAsync(_silence);
        await second.EndAsync();
        using var third = await second.AgainAsync(_silence);

        await AssertSessionsAsync("continued and ended", [1, 2], [3]);
    }

    [Fact]
    public async Task Client_CutInsideALine_ContinuesItsSession()
    {
        using var first = await Training.BeginAsync(ingest, "cut");
        await first.CutAsync();
        using var second = await first.AgainAsync(_silence);

        await AssertSessionsAsync("cut", [1, 2]);
    }

    [Fact]
    public async Task Client_WhoseLastLineIsWholeWithoutNewline_HasEnded()
    {
        using var first = await Training.BeginAsync(ingest, "whole");
        await first.SendAsync(Lines.Training(0.5, "whole", 2, "whole").TrimEnd('\n'));
        await first.EndAsync();
        using var second = await first.AgainAsync(_silence);

        await AssertSessionsAsync("whole", [1, 2], [2]);
    }

    [Theory]
    [InlineData("more workers", "more workers", "another")]
    [InlineData("other workers", "another")]
    [InlineData("no workers")]
    public async Task Client_WithOtherWorkers_BeginsANewSession(string name, params string[] workers)
    {
        using var first = await Training.BeginAsync(ingest, name);
        first.Reset();
        using var second = await first.AgainAsync(_silence, workers: workers);

        await AssertSessionsAsync(name, [1], [2]);
    }

    [Fact]
    public async Task Client_WithFewerWorkers_BeginsANewSession()
    {
        using var first = await Training.BeginAsync(ingest, "fewer", "fewer", "still fewer");
        first.Reset();
        using var second = await first.AgainAsync(_silence, workers: ["fewer"]);

        await AssertSessionsAsync("fewer", [1], [2]);
    }

    [Fact]
    public async Task Client_WithTheSameWorkersInAnotherOrder_ContinuesItsSession()
    {
        using var first = await Training.BeginAsync(ingest, "order", "order 1", "order 2");
        first.Reset();
        using var second = await first.AgainAsync(_silence, workers: ["order 2", "order 1"]);

        await AssertSessionsAsync("order", [1, 2]);
    }

    [Theory]
    [InlineData("quick rerun, reset", 0.3, -0.2, false)]
    [InlineData("young rerun, reset", 1.2, -0.4, false)]
    [InlineData("old rerun, reset", 1.0, 2.8, false)]
    [InlineData("slow start, reset", 3.9, -2.8, false)]
    [InlineData("late, reset", 1.0, 2.0, true)]
    [InlineData("early, reset", 2.9, -1.9, true)]
    [InlineData("quick rerun, cut", 0.3, -0.2, false)]
    [InlineData("young rerun, cut", 1.2, -0.4, false)]
    [InlineData("old rerun, cut", 1.0, 1.3, false)]
    [InlineData("slow start, cut", 2.4, -1.3, false)]
    [InlineData("late, cut", 1.0, 0.7, true)]
    [InlineData("early, cut", 1.8, -0.7, true)]
    public async Task Client_WithATotalTime_ContinuesWhereItIsTheSilence(string name, double silence, double off, bool continues)
    {
        using var first = await Training.BeginAsync(ingest, name);
        if (name.EndsWith("cut", StringComparison.Ordinal))
        {
            await first.CutAsync();
        }
        else
        {
            first.Reset();
        }

        using var second = await first.AgainAsync(TimeSpan.FromSeconds(silence), off);

        await AssertSessionsAsync(name, continues ? [[1, 2]] : [[1], [2]]);
    }

    [Fact]
    public async Task Client_WhoseFirstConnectionIsStillOpen_BeginsANewSession()
    {
        using var first = await Training.BeginAsync(ingest, "still open");
        using var second = await first.AgainAsync(_silence);

        await AssertSessionsAsync("still open", [1], [2]);
    }

    [Fact]
    public async Task Clients_TwoAtOnceWithTheSameWorkers_ShareNothing()
    {
        using var first = await Training.BeginAsync(ingest, "two at once");
        using var second = await Training.BeginAsync(ingest, "two at once");
        await first.SendAsync(Lines.Training(0.5, "two at once", 3, "two at once"));
        await first.EndAsync();
        await second.EndAsync();

        await AssertSessionsAsync("two at once", [1, 3], [1]);
    }

    [Fact]
    public async Task Client_WhereTwoSessionsFit_BeginsANewOne()
    {
        using var first = await Training.BeginAsync(ingest, "two fit");
        using var second = await Training.BeginAsync(ingest, "two fit");
        first.Reset();
        second.Reset();
        using var third = await second.AgainAsync(_silence);

        await AssertSessionsAsync("two fit", [1], [1], [2]);
    }

    [Fact]
    public async Task Clients_OfOneAddressCutAtDifferentTimes_EachContinueTheirOwn()
    {
        using var first = await Training.BeginAsync(ingest, "nat");
        await first.SendAsync(Lines.Training(0.5, "nat", 11, "nat"));
        await first.ArrivedAsync(11);
        var cut = Stopwatch.GetTimestamp();
        await first.CutAsync();
        await Eventually.PassedSinceAsync(cut, TimeSpan.FromSeconds(2.2));
        using var second = await Training.BeginAsync(ingest, "nat", 21);
        await second.CutAsync();

        using var secondAgain = await second.AgainAsync(_silence, value: 22);
        using var firstAgain = await first.AgainAsync(_silence, value: 12);

        await AssertSessionsAsync("nat", [1, 11, 12], [21, 22]);
    }

    [Fact]
    public async Task Client_FromAnotherAddress_BeginsANewSession()
    {
        using var first = await Training.BeginAsync(ingest, "address");
        first.Reset();
        using var second = await first.AgainAsync(_silence, from: IPAddress.Parse("127.0.0.2"));

        await AssertSessionsAsync("address", [1], [2]);
    }

    [Fact]
    public async Task SessionFile_OfASession_IsJsonWithItsWorkersAndItsPlainPeer()
    {
        using var client = await Training.BeginAsync(ingest, "json", "json worker 1", "json worker 2");
        await client.EndAsync();

        var text = await File.ReadAllTextAsync(Path.Combine(ingest.Logs.SessionWithRun("json").Path, "session.json"), TestContext.Current.CancellationToken);
        using var json = JsonDocument.Parse(text);
        Assert.Equal(JsonValueKind.Object, json.RootElement.ValueKind);
        Assert.Contains("json worker 1", text, StringComparison.Ordinal);
        Assert.Contains("json worker 2", text, StringComparison.Ordinal);
        Assert.Contains("127.0.0.1", text, StringComparison.Ordinal);
        Assert.DoesNotContain("::ffff:", text, StringComparison.OrdinalIgnoreCase);
    }

    // Values tell the sessions apart; steps must be 1, 2, 3 ... in each.
    private async Task AssertSessionsAsync(string scalar, params float[][] values)
    {
        var wanted = Show(values);
        IReadOnlyList<SessionFiles> Find() => ingest.Logs.SessionsWithRun(scalar);
        var points = values.Sum(session => session.Length);
        await Eventually.IsTrueAsync(
            () => Find().Sum(session => session.Values(scalar).Count) >= points, Eventually.Patience, () => $"{wanted} is in the files, there is {Show(Find().Select(session => session.Values(scalar)))}");

        var found = Find();
        Assert.Equal(wanted, Show(found.Select(session => session.Values(scalar))));
        Assert.All(found, session => Assert.Equal(Enumerable.Range(1, session.Steps(scalar).Count).Select(step => (long)step), session.Steps(scalar)));
    }

    private static string Show(IEnumerable<IReadOnlyList<float>> sessions) =>
        string.Join(" and ", sessions.Select(values => $"[{string.Join(", ", values)}]").Order(StringComparer.Ordinal));
}
