using NNTileLogger.Ingest.Sessions;
using Xunit;

namespace NNTileLogger.Ingest.Tests.Sessions;

/// <summary>What becomes of the sessions that a start finds.</summary>
public sealed class SessionFateTests
{
    private static readonly DateTimeOffset _now = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData(nameof(SessionEnd.Ended), 0.1, false, nameof(Fate.Clear))]
    [InlineData(nameof(SessionEnd.Ended), 9000, true, nameof(Fate.Clear))]
    [InlineData(nameof(SessionEnd.Reset), 5.9, false, nameof(Fate.Recover))]
    [InlineData(nameof(SessionEnd.Reset), 6.1, false, nameof(Fate.Clear))]
    [InlineData(nameof(SessionEnd.Cut), 3, true, nameof(Fate.Recover))]
    [InlineData(nameof(SessionEnd.ServerStopped), 1, false, nameof(Fate.Recover))]
    [InlineData(nameof(SessionEnd.ServerStopped), 100_000, false, nameof(Fate.Recover))]
    [InlineData(nameof(SessionEnd.ServerStopped), 100_000, true, nameof(Fate.Clear))]
    [InlineData(nameof(SessionEnd.ServerStopped), 5, true, nameof(Fate.Clear))]
    [InlineData(nameof(SessionEnd.ServerCrashed), 100_000, true, nameof(Fate.Clear))]
    public void Session_WhereTheLastServerEndedWell_GoesUnlessItWasOpen(string how, double minutesAgo, bool kept, string wanted) =>
        Assert.Equal(Enum.Parse<Fate>(wanted), SessionFate.Of(Record(how, minutesAgo, kept), crashed: false, clear: true, _now));

    [Theory]
    [InlineData(nameof(SessionEnd.Ended), false, nameof(Fate.Keep))]
    [InlineData(nameof(SessionEnd.Reset), false, nameof(Fate.Keep))]
    [InlineData(nameof(SessionEnd.ServerStopped), true, nameof(Fate.Keep))]
    [InlineData(nameof(SessionEnd.ServerStopped), false, nameof(Fate.Recover))]
    [InlineData(null, false, nameof(Fate.Recover))]
    [InlineData(null, true, nameof(Fate.Recover))]
    public void Session_WhereTheLastServerCrashed_NeverGoes(string? how, bool kept, string wanted) =>
        Assert.Equal(Enum.Parse<Fate>(wanted), SessionFate.Of(Record(how, 100_000, kept), crashed: true, clear: true, _now));

    [Theory]
    [InlineData(nameof(SessionEnd.Ended), 1, nameof(Fate.Keep))]
    [InlineData(nameof(SessionEnd.ServerStopped), 5, nameof(Fate.Recover))]
    [InlineData(nameof(SessionEnd.ServerStopped), 7, nameof(Fate.Keep))]
    public void Session_WithoutClearing_NeverGoes(string how, double minutesAgo, string wanted) =>
        Assert.Equal(Enum.Parse<Fate>(wanted), SessionFate.Of(Record(how, minutesAgo, kept: true), crashed: false, clear: false, _now));

    private static SessionRecord Record(string? how, double minutesAgo, bool kept) => new()
    {
        Writer = "NNTileLogger",
        Peer = "127.0.0.1",
        Start = _now.AddMinutes(-minutesAgo - 10),
        LastMessage = _now.AddMinutes(-minutesAgo),
        End = how is null ? null : _now.AddMinutes(-minutesAgo),
        HowEnded = how is null ? null : Enum.Parse<SessionEnd>(how),
        KeptByLastStart = kept,
    };
}
