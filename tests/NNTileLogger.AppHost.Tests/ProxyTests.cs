using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Testing;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using NNTileLogger.AppHost.Tests.Support;
using Xunit;

namespace NNTileLogger.AppHost.Tests;

/// <summary>The proxy of the running application: the way in, and the only one where it asks for a token.</summary>
[Collection(RunningApplicationTests.Name)]
public sealed class ProxyTests(RunningApplication application) : IDisposable
{
    private readonly HttpClient _client = new(new SocketsHttpHandler
    {
        SslOptions = { RemoteCertificateValidationCallback = (_, certificate, _, _) => certificate is not null },
    });

    public void Dispose() => _client.Dispose();

    [Fact]
    public async Task Proxy_RightToken_AnswersAsTensorBoardDoes()
    {
        var proxy = await application.WaitAsync("proxy", state => state.HealthStatus == HealthStatus.Healthy);
        await application.WaitAsync("tensorboard", state => state.HealthStatus == HealthStatus.Healthy);
        using var direct = application.Application.CreateHttpClient("tensorboard", "http");
        _client.DefaultRequestHeaders.Add("Authorization", "Bearer " + RunningApplication.Token);

        var through = await _client.GetStringAsync(Url("data/environment"), Cancellation);

        Assert.Equal(await direct.GetStringAsync("/data/environment", Cancellation), through);
        Assert.Contains("\"status\":\"Healthy\"", await _client.GetStringAsync(Url("health"), Cancellation), StringComparison.Ordinal);
        Assert.Equal("Healthy", await _client.GetStringAsync(Url("live/alive"), Cancellation));
        var server = await application.WaitAsync("logger-server", state => state.HealthStatus == HealthStatus.Healthy);
        Assert.Equal("Live page", server.Urls.MaxBy(url => url.DisplayProperties.SortOrder)!.DisplayProperties.DisplayName);
        Assert.Equal(["TensorBoard", "Live page"], proxy.Urls.Select(url => url.DisplayProperties.DisplayName));
    }

    [Fact]
    public async Task Proxy_NoToken_LetsNobodyIn()
    {
        await application.WaitAsync("proxy", state => state.HealthStatus == HealthStatus.Healthy);

        using var answer = await _client.GetAsync(Url("data/environment"), Cancellation);

        Assert.Equal(HttpStatusCode.Unauthorized, answer.StatusCode);
    }

    [Theory]
    [InlineData("tensorboard", "http")]
    [InlineData("logger-server", "http")]
    public async Task Others_FromOutside_CannotBeReached(string resource, string endpoint)
    {
        await application.WaitAsync(resource, state => state.HealthStatus == HealthStatus.Healthy);
        var outside = NetworkInterface.GetAllNetworkInterfaces()
            .SelectMany(card => card.GetIPProperties().UnicastAddresses)
            .Select(unicast => unicast.Address)
            .FirstOrDefault(address => address.AddressFamily == AddressFamily.InterNetwork && !IPAddress.IsLoopback(address));
        if (outside is null)
        {
            Assert.Skip("this machine has no address but loopback");
        }

        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        var port = application.Application.GetEndpoint(resource, endpoint).Port;

        await Assert.ThrowsAsync<SocketException>(() => socket.ConnectAsync(outside, port, Cancellation).AsTask());
    }

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private Uri Url(string path) => new(application.Application.GetEndpoint("proxy", "https"), path);
}
