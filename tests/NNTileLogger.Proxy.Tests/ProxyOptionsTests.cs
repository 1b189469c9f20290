using Microsoft.Extensions.Configuration;
using NNTileLogger.ServiceDefaults;
using Xunit;

namespace NNTileLogger.Proxy.Tests;

/// <summary>The variables: wrong ones are all said at once, right ones are taken.</summary>
public sealed class ProxyOptionsTests
{
    private static readonly (string, string)[] _pair = [("TLS_CERT_FILE", "/c.pem"), ("TLS_KEY_FILE", "/k.pem")];

    [Fact]
    public void Read_PairAlone_HasTheDefaults()
    {
        var options = Read(_pair);

        Assert.Equal(new ProxyOptions { CertificateFile = "/c.pem", KeyFile = "/k.pem" }, options);
        Assert.Equal((6443, new Uri("http://localhost:6006"), new Uri("http://localhost:5002")), (options.Port, options.TensorBoard, options.Live));
    }

    [Fact]
    public void Read_EveryVariable_IsTaken()
    {
        var options = Read(
        [
            .. _pair, ("TLS_KEY_PASSWORD", "p"), ("TLS_HOST", "127.0.0.1"), ("TLS_PORT", "0"), ("TLS_HSTS", "1"), ("TLS_CLIENT_CA_FILE", "/ca"),
            ("PROXY_AUTH_FILE", "/a"), ("PROXY_TOKEN_FILE", "/t"), ("TENSORBOARD_URL", "http://tensorboard:6006/"), ("LIVE_URL", "http://logger-server:5002"),
            ("PROXY_MAX_CONNECTIONS", "7"), ("PROXY_MAX_HEADER_KB", "8"), ("PROXY_MAX_BODY_MB", "2"), ("PROXY_MIN_BYTES_PER_SECOND", "9"), ("PROXY_HANDSHAKE_SECONDS", "3"),
            ("PROXY_HEADER_SECONDS", "4"), ("PROXY_KEEP_ALIVE_SECONDS", "5"), ("PROXY_IDLE_SECONDS", "6"),
        ]);

        Assert.Equal(
            new ProxyOptions
            {
                CertificateFile = "/c.pem",
                KeyFile = "/k.pem",
                KeyPassword = "p",
                Address = System.Net.IPAddress.Loopback,
                Port = 0,
                Hsts = true,
                ClientAuthorityFile = "/ca",
                PasswordFile = "/a",
                TokenFile = "/t",
                TensorBoard = new Uri("http://tensorboard:6006/"),
                Live = new Uri("http://logger-server:5002"),
                MaxConnections = 7,
                MaxHeaderBytes = 8192,
                MaxBodyBytes = 2 << 20,
                MinBytesPerSecond = 9,
                HandshakeTimeout = TimeSpan.FromSeconds(3),
                HeaderTimeout = TimeSpan.FromSeconds(4),
                KeepAlive = TimeSpan.FromSeconds(5),
                Idle = TimeSpan.FromSeconds(6),
            },
            options);
    }

    [Fact]
    public void Read_NoPair_SaysHowToMakeOne() => Assert.Contains("openssl req -x509", Errors(), StringComparison.Ordinal);

    [Theory]
    [InlineData("TLS_CERT_FILE", "TLS_KEY_FILE is not set, but TLS_CERT_FILE=/x.pem is")]
    [InlineData("TLS_KEY_FILE", "TLS_CERT_FILE is not set, but TLS_KEY_FILE=/x.pem is")]
    public void Read_OneOfThePair_AsksForTheOther(string name, string error) => Assert.Contains(error, Errors((name, "/x.pem")), StringComparison.Ordinal);

    [Theory]
    [InlineData("TLS_PORT", "65536")]
    [InlineData("TLS_HOST", "example.org")]
    [InlineData("TLS_HSTS", "maybe")]
    [InlineData("TENSORBOARD_URL", "tensorboard:6006")]
    [InlineData("TENSORBOARD_URL", "http://user:secret@tensorboard/?x")]
    [InlineData("LIVE_URL", "ftp://x")]
    [InlineData("PROXY_MAX_CONNECTIONS", "0")]
    [InlineData("PROXY_MAX_HEADER_KB", "1")]
    [InlineData("PROXY_MAX_BODY_MB", "-1")]
    [InlineData("PROXY_MIN_BYTES_PER_SECOND", "0")]
    [InlineData("PROXY_HANDSHAKE_SECONDS", "0")]
    [InlineData("PROXY_HEADER_SECONDS", "soon")]
    [InlineData("PROXY_KEEP_ALIVE_SECONDS", "1e9")]
    [InlineData("PROXY_IDLE_SECONDS", "-6")]
    public void Read_WrongValue_IsSaidWithItsName(string name, string value)
    {
        var error = Errors([.. _pair, (name, value)]);
        Assert.StartsWith(name + "=", error, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", error, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_EmptyVariables_CountAsNotSet() =>
        Assert.Equal(Read(_pair), Read([.. _pair, ("PROXY_IDLE_SECONDS", ""), ("PROXY_AUTH_FILE", ""), ("TLS_KEY_PASSWORD", "")]));

    [Fact]
    public void Read_SeveralWrong_AreSaidAtOnce() =>
        Assert.Equal(3, Errors(("TLS_PORT", "x"), ("TLS_HSTS", "x"), ("TLS_KEY_FILE", "/k")).Split('\n').Length);

    private static string Errors(params (string Name, string Value)[] variables) => Assert.Throws<StartupException>(() => Read(variables)).Message;

    private static ProxyOptions Read((string Name, string Value)[] variables) => ProxyOptions.Read(new ConfigurationBuilder()
        .AddInMemoryCollection(variables.Select(variable => KeyValuePair.Create<string, string?>(variable.Name, variable.Value)))
        .Build());
}
