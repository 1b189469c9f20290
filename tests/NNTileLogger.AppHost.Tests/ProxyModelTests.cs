using Aspire.Hosting.ApplicationModel;
using NNTileLogger.AppHost.Tests.Support;
using Xunit;

namespace NNTileLogger.AppHost.Tests;

/// <summary>The proxy in the model, and what else changes where it asks people who they are. Nothing is started.</summary>
public sealed class ProxyModelTests
{
    private const string Certificate = "TLS_CERT_FILE=/certs/cert.pem";
    private const string Key = "TLS_KEY_FILE=/certs/key.pem";
    private const string Users = "PROXY_AUTH_FILE=/certs/users";

    [Fact]
    public async Task Proxy_NoCertificate_IsNotThere()
    {
        var model = await AppHostModel.BuildAsync();

        Assert.DoesNotContain(model.Resources, resource => resource.Name == "proxy");
    }

    [Fact]
    public async Task Proxy_Published_IsThereWithoutACertificate()
    {
        var model = await AppHostModel.BuildAsync("--operation", "publish");

        Assert.Contains(model.Resources, resource => resource.Name == "proxy");
    }

    [Fact]
    public async Task Proxy_CertificateAndKey_ListensOnItsPortAndKnowsItsBackends()
    {
        var model = await AppHostModel.BuildAsync(Certificate, Key, "TLS_HSTS=1");

        var endpoint = model.Endpoint("proxy", "https");
        var variables = await model.EnvironmentAsync("proxy");

        Assert.Equal((6443, "https", false), (endpoint.Port, endpoint.UriScheme, endpoint.IsProxied));
        Assert.Equal(("/certs/cert.pem", "/certs/key.pem", "1"), (variables["TLS_CERT_FILE"], variables["TLS_KEY_FILE"], variables["TLS_HSTS"]));
        Assert.Equal("tensorboard", Assert.IsType<EndpointReference>(variables["TENSORBOARD_URL"]).Resource.Name);
        Assert.Equal("logger-server", Assert.IsType<EndpointReference>(variables["LIVE_URL"]).Resource.Name);
        Assert.Contains("TLS_PORT", variables);
        Assert.DoesNotContain("TLS_KEY_PASSWORD", variables);
    }

    [Fact]
    public async Task Proxy_KeyPassword_IsASecretParameter()
    {
        var model = await AppHostModel.BuildAsync(Certificate, Key, "TLS_KEY_PASSWORD=geheim");

        var variables = await model.EnvironmentAsync("proxy");

        Assert.True(Assert.IsType<ParameterResource>(variables["TLS_KEY_PASSWORD"]).Secret);
    }

    [Fact]
    public async Task Proxy_WithoutAccess_LeavesTheOthersOnAllAddresses()
    {
        var model = await AppHostModel.BuildAsync(Certificate, Key);

        Assert.Contains("--bind_all", await model.ArgumentsAsync("tensorboard"));
        Assert.DoesNotContain("HTTP_HOST", await model.EnvironmentAsync("logger-server"));
    }

    [Theory]
    [InlineData(Users)]
    [InlineData("PROXY_TOKEN_FILE=/certs/token")]
    [InlineData("TLS_CLIENT_CA_FILE=/certs/ca.pem")]
    public async Task Access_On_PutsTheOthersOnLoopback(string access)
    {
        var model = await AppHostModel.BuildAsync(Certificate, Key, access);

        var arguments = await model.ArgumentsAsync("tensorboard");
        Assert.Equal("127.0.0.1", arguments[arguments.IndexOf("--host") + 1]);
        Assert.DoesNotContain("--bind_all", arguments);
        Assert.Equal("127.0.0.1", (await model.EnvironmentAsync("logger-server"))["HTTP_HOST"]);
        Assert.Equal("127.0.0.1", model.Endpoint("tensorboard", "http").TargetHost);
        Assert.Equal("127.0.0.1", model.Endpoint("logger-server", "http").TargetHost);
    }

    [Fact]
    public async Task Access_OnAndHostsSet_FollowsThem()
    {
        var model = await AppHostModel.BuildAsync(Certificate, Key, Users, "TENSORBOARD_HOST=*", "HTTP_HOST=10.1.2.3");

        Assert.Contains("--bind_all", await model.ArgumentsAsync("tensorboard"));
        Assert.Equal("10.1.2.3", (await model.EnvironmentAsync("logger-server"))["HTTP_HOST"]);
        Assert.Equal("10.1.2.3", model.Endpoint("logger-server", "http").TargetHost);
    }

    [Fact]
    public async Task Access_OnAndPublished_LeavesTheOthersReachableFromItsContainer()
    {
        var model = await AppHostModel.BuildAsync("--operation", "publish", Certificate, Key, Users);

        Assert.DoesNotContain("--host", await model.ArgumentsAsync("tensorboard"));
        Assert.DoesNotContain("TENSORBOARD_HOST", await model.EnvironmentAsync("tensorboard"));
        Assert.DoesNotContain("HTTP_HOST", await model.EnvironmentAsync("logger-server"));
    }

    [Theory]
    [InlineData(Certificate)]
    [InlineData(Key)]
    [InlineData(Users)]
    public async Task Program_HalfASetting_StartsNothing(string variable)
        => Assert.NotNull(await Record.ExceptionAsync(() => AppHostModel.BuildAsync(variable)));
}
