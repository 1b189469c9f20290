using Microsoft.Extensions.Time.Testing;
using NNTileLogger.Ingest.History;
using Xunit;

namespace NNTileLogger.Ingest.Tests.History;

/// <summary>How long those who ask wait for what has changed while nobody looked.</summary>
public sealed class AttentionTests
{
    [Fact]
    public async Task Asked_WhileTheHistoryIsReadForLong_WaitsTwoSecondsInAll()
    {
        var time = new FakeTimeProvider();
        var attention = new Attention(time);
        var first = attention.AskedAsync(CancellationToken.None).AsTask();
        time.Advance(TimeSpan.FromSeconds(1.9));
        var second = attention.AskedAsync(CancellationToken.None).AsTask();
        Assert.False(first.IsCompleted || second.IsCompleted, "what is being read is waited for");

        time.Advance(TimeSpan.FromSeconds(0.2));
        await first.WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);
        await second.WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);

        var later = attention.AskedAsync(CancellationToken.None).AsTask();
        Assert.True(later.IsCompleted, "who asks later is served what there is");
    }

    [Fact]
    public async Task Asked_HistoryIsRead_WaitsNoLonger()
    {
        var attention = new Attention(new FakeTimeProvider());
        var asked = attention.AskedAsync(CancellationToken.None).AsTask();

        attention.Ready.SetResult();

        await asked.WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task Asked_NobodyWaitsAnyMore_ReturnsAtOnce()
    {
        var attention = new Attention(new FakeTimeProvider());
        using var gone = new CancellationTokenSource();
        var asked = attention.AskedAsync(gone.Token).AsTask();

        await gone.CancelAsync();

        await asked.WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);
    }
}
