using System.Net;
using NNTileLogger.Ingest.Tests.Support;
using Xunit;

namespace NNTileLogger.Ingest.Tests.Outside.DataProvider;

/// <summary>The port that TensorBoard reads from.</summary>
public sealed class EndpointTests(KeepingIngest ingest) : IClassFixture<KeepingIngest>
{
    [Theory]
    [InlineData("api/sessions")]
    [InlineData("health")]
    [InlineData("")]
    public async Task Port_AskedForAnythingElse_HasItNot(string path)
    {
        using var http = new HttpClient { DefaultRequestVersion = HttpVersion.Version20, DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact };

        using var answer = await http.GetAsync(new Uri($"http://127.0.0.1:{ingest.Server.DataPort}/{path}"), TestContext.Current.CancellationToken);

        Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
    }

    [Fact]
    public async Task Port_OfAnotherProgram_IsSaidByItsName()
    {
        using var logs = new TempLogDirectory();
        await using var second = IngestProcess.Start($"LOG_DIR={logs.Path}", "SERVER_PORT=0", "HTTP_PORT=0", $"DATA_PROVIDER_PORT={ingest.Server.DataPort}");

        await second.ExitAsync(TimeSpan.FromSeconds(30));

        Assert.Equal(1, second.ExitCode);
        Assert.Contains($"DATA_PROVIDER_PORT={ingest.Server.DataPort}: the port is in use by another program", second.Errors, StringComparison.Ordinal);
    }
}
