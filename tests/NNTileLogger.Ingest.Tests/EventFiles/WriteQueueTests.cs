using NNTileLogger.Ingest.EventFiles;
using Xunit;

namespace NNTileLogger.Ingest.Tests.EventFiles;

/// <summary>Which set the writer comes to next.</summary>
public sealed class WriteQueueTests
{
    private readonly WriteQueue _queue = new(TimeSpan.Zero);
    private readonly RunSet _wide = RunSets.New(1 << 20);
    private readonly RunSet _other = RunSets.New(1 << 20);

    [Fact]
    public void Set_DueAgainDuringItsRound_ComesBehindItAndHoldsNobodyUp()
    {
        _queue.AddSoon(_wide);
        var round = Take();
        Assert.Same(_wide, round!.Set);
        _queue.AddSoon(_wide);
        Assert.False(_queue.HasReady);
        _queue.AddSoon(_other);
        Assert.True(_queue.HasReady);
        var between = Take();
        Assert.Same(_other, between!.Set);
        Assert.Contains(_wide, _queue.WaitingSets());
        _queue.Return(between);
        _queue.Wake();
        Assert.Null(Take());

        _queue.Return(round);

        Assert.Same(_wide, Take()!.Set);
        _queue.Wake();
        Assert.Null(Take());
    }

    [Fact]
    public void Set_DueAgainWhenTheServerStops_IsWrittenOnceMore()
    {
        _queue.AddSoon(_wide);
        var round = Take();
        _queue.AddSoon(_wide);
        _queue.Stop();
        _queue.Return(round!);
        var last = Take();
        Assert.Same(_wide, last!.Set);
        _queue.Return(last);
        Assert.False(_queue.TryTake(out _));
    }

    [Fact]
    public void Flush_DuringARound_IsNotPutOff()
    {
        _queue.AddSoon(_wide);
        Take();
        var done = new TaskCompletionSource();
        _queue.Add(_wide, done, close: true);
        Assert.True(_queue.HasReady);
        Assert.Same(done, Take()!.Done);
    }

    private WriteJob? Take()
    {
        Assert.True(_queue.TryTake(out var job));
        return job;
    }
}
