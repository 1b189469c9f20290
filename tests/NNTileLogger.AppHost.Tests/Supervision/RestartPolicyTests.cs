using Aspire.Hosting.ApplicationModel;
using Microsoft.Extensions.Time.Testing;
using NNTileLogger.AppHost.Supervision;
using Xunit;

namespace NNTileLogger.AppHost.Tests.Supervision;

public sealed class RestartPolicyTests
{
    private readonly FakeTimeProvider _time = new();
    private readonly RestartPolicy _policy;

    public RestartPolicyTests() => _policy = new RestartPolicy(_time, [1]);

    [Theory]
    [InlineData(0)]
    [InlineData(137)]
    [InlineData(-1)]
    [InlineData(null)]
    public void Observe_EndedByItself_IsUnasked(int? exitCode)
    {
        Start();

        Assert.Equal(Ending.Unasked, _policy.Observe(KnownResourceStates.Finished, exitCode));
    }

    [Fact]
    public void Observe_EndedAgainAndAgain_WaitsLongerUpTo30Seconds()
    {
        var delays = new List<double>();
        for (var i = 0; i < 7; i++)
        {
            Start();
            _policy.Observe(KnownResourceStates.Finished, 137);
            delays.Add(_policy.Delay.TotalSeconds);
        }

        Assert.Equal([1, 2, 4, 8, 16, 30, 30], delays);
    }

    [Fact]
    public void Observe_EndedAfterALongRun_WaitsOneSecondAgain()
    {
        for (var i = 0; i < 3; i++)
        {
            Start();
            _policy.Observe(KnownResourceStates.Finished, 137);
        }

        Start();
        _time.Advance(RestartPolicy.Stable);
        _policy.Observe(KnownResourceStates.Finished, 137);

        Assert.Equal(TimeSpan.FromSeconds(1), _policy.Delay);
    }

    [Fact]
    public void Observe_ConfigurationError_IsFinal()
    {
        Start();

        Assert.Equal(Ending.Final, _policy.Observe(KnownResourceStates.Exited, 1));
    }

    [Fact]
    public void Observe_FailedToStart_IsFinal()
    {
        _policy.Observe(KnownResourceStates.Starting, null);

        Assert.Equal(Ending.Final, _policy.Observe(KnownResourceStates.FailedToStart, null));
    }

    [Fact]
    public void Observe_StoppedByAPerson_IsAskedUntilStartedAgain()
    {
        Start();
        _policy.Observe(KnownResourceStates.Stopping, null);
        Assert.Equal(Ending.Asked, _policy.Observe(KnownResourceStates.Finished, 0));

        Start();
        Assert.Equal(Ending.Unasked, _policy.Observe(KnownResourceStates.Finished, 0));
    }

    [Fact]
    public void Observe_SameStateAgain_IsReportedOnce()
    {
        Start();
        _policy.Observe(KnownResourceStates.Finished, 137);

        Assert.Null(_policy.Observe(KnownResourceStates.Finished, 137));
    }

    private void Start()
    {
        Assert.Null(_policy.Observe(KnownResourceStates.Starting, null));
        Assert.Null(_policy.Observe(KnownResourceStates.Running, null));
    }
}
