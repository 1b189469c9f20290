using System.Globalization;
using System.Text;
using NNTileLogger.Ingest.Protocol;
using NNTileLogger.Ingest.Sessions;
using Xunit;

namespace NNTileLogger.Ingest.Tests.Sessions;

/// <summary>What a first message's worker times say about where its program comes from.</summary>
public sealed class ReconnectionTests
{
    [Theory]
    [InlineData("60", 60, nameof(SessionEnd.Reset), true)]
    [InlineData("60", 57.6, nameof(SessionEnd.Reset), true)]
    [InlineData("60", 62.4, nameof(SessionEnd.ServerCrashed), true)]
    [InlineData("60", 57.4, nameof(SessionEnd.Reset), false)]
    [InlineData("60", 62.6, nameof(SessionEnd.ServerStopped), false)]
    [InlineData("60", 60.9, nameof(SessionEnd.Cut), true)]
    [InlineData("60", 61.1, nameof(SessionEnd.Cut), false)]
    [InlineData("60", 58.9, nameof(SessionEnd.Cut), false)]
    [InlineData("0.9", 0.9, nameof(SessionEnd.Reset), true)]
    [InlineData("0.89", 0.9, nameof(SessionEnd.Reset), false)]
    [InlineData("0.004", 0.5, nameof(SessionEnd.Cut), false)]
    [InlineData("null", 60, nameof(SessionEnd.Reset), false)]
    [InlineData("nan", 60, nameof(SessionEnd.Reset), false)]
    [InlineData("inf", 60, nameof(SessionEnd.Reset), false)]
    public void WorkerTime_AndSilence_TellAReconnection(string time, double silence, string how, bool wanted) =>
        Assert.Equal(wanted, Explains($"[{Worker(time)}]", silence, Enum.Parse<SessionEnd>(how)));

    [Theory]
    [InlineData("62.4", true)]
    [InlineData("60", true)]
    [InlineData("47.6", true)]
    [InlineData("62.6", false)]
    [InlineData("47.4", false)]
    public void WorkerTime_OfAMessageThatMayHaveWaitedForTheServer_TellsAReconnection(string time, bool wanted) =>
        Assert.Equal(wanted, Explains($"[{Worker(time)}]", 60, SessionEnd.ServerCrashed, waited: 10));

    [Fact]
    public void Workers_NoneOrOneThatDisagrees_AreNoProof()
    {
        Assert.False(Explains("[]", 60, SessionEnd.Reset));
        Assert.True(Explains($"[{Worker("60")},{Worker("60.1")}]", 60, SessionEnd.Reset));
        Assert.False(Explains($"[{Worker("60")},{Worker("0.5")}]", 60, SessionEnd.Reset));
    }

    [Theory]
    [InlineData(null, false)]
    [InlineData(nameof(SessionEnd.Ended), false)]
    [InlineData(nameof(SessionEnd.Cut), true)]
    [InlineData(nameof(SessionEnd.Reset), true)]
    [InlineData(nameof(SessionEnd.Unreachable), true)]
    [InlineData(nameof(SessionEnd.ServerStopped), true)]
    [InlineData(nameof(SessionEnd.ServerCrashed), true)]
    public void End_AsItWas_SaysWhetherItMayGoOn(string? how, bool wanted) =>
        Assert.Equal(wanted, Reconnection.IsAbnormal(how is null ? null : Enum.Parse<SessionEnd>(how)));

    private static string Worker(string time) => string.Create(CultureInfo.InvariantCulture, $"{{\"name\":\"CPU 0\",\"total_time\":{time}}}");

    private static bool Explains(string workers, double silence, SessionEnd how, double waited = 0)
    {
        var message = new Message();
        Assert.Equal(LineResult.Accepted, new MessageReader(new ShapeMemory(long.MaxValue)).Read(Encoding.ASCII.GetBytes($"{{\"workers\":{workers}}}\n"), message));
        return Reconnection.Explains(message, TimeSpan.FromSeconds(silence - waited), TimeSpan.FromSeconds(silence), how);
    }
}
