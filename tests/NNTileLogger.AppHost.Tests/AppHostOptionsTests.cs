using Microsoft.Extensions.Configuration;
using Xunit;

namespace NNTileLogger.AppHost.Tests;

public sealed class AppHostOptionsTests
{
    private static readonly string _folder = Path.GetTempPath();

    [Fact]
    public void Read_NothingSet_IsTheDefaults()
    {
        var options = Read();

        Assert.Empty(options.Errors);
        Assert.Equal(Path.Combine(_folder, "logs"), options.LogDir);
        Assert.Equal((5001, 5002, 6006), (options.ServerPort, options.HttpPort, options.TensorBoardPort));
        Assert.Equal(10_000, options.TensorBoardSamples);
        Assert.Null(options.TensorBoardPython);
        Assert.True(options.Dashboard);
        Assert.Empty(options.IngestVariables);
    }

    [Fact]
    public void Read_RelativeLogDir_MeansTheFolderTheCommandWasTypedIn()
        => Assert.Equal(Path.Combine(_folder, "mine"), Read(("LOG_DIR", "x/../mine")).LogDir);

    [Fact]
    public void Read_AbsoluteLogDir_StaysAsItIs()
    {
        var folder = Path.Combine(Path.GetPathRoot(_folder)!, "somewhere");

        Assert.Equal(folder, Read(("LOG_DIR", folder)).LogDir);
    }

    [Fact]
    public void Read_PortZero_IsAnyFreeOne()
    {
        var options = Read(("SERVER_PORT", "0"), ("HTTP_PORT", "0"), ("TENSORBOARD_PORT", "0"));

        Assert.Empty(options.Errors);
        Assert.Equal((null, null, null), (options.ServerPort, options.HttpPort, options.TensorBoardPort));
    }

    [Fact]
    public void Read_EmptyVariable_CountsAsNotSet()
    {
        var options = Read(("SERVER_PORT", ""), ("LOG_DIR", ""), ("TLS_CERT_FILE", ""), ("CLEAR_LOGS", ""));

        Assert.Empty(options.Errors);
        Assert.Equal(5001, options.ServerPort);
        Assert.Empty(options.IngestVariables);
    }

    [Fact]
    public void Read_IngestVariables_AreHandedOnAsTheyAre()
    {
        var options = Read(("SPLIT_HOURS", "0.5"), ("CLEAR_LOGS", "0"), ("HTTP_HOST", "127.0.0.1"), ("TZ", "Europe/Moscow"));

        Assert.Equal("0.5", options.IngestVariables["SPLIT_HOURS"]);
        Assert.Equal("0", options.IngestVariables["CLEAR_LOGS"]);
        Assert.Equal("127.0.0.1", options.IngestVariables["HTTP_HOST"]);
        Assert.Equal("Europe/Moscow", options.IngestVariables["TZ"]);
    }

    [Theory]
    [InlineData("SERVER_PORT", "abc")]
    [InlineData("SERVER_PORT", "-1")]
    [InlineData("HTTP_PORT", "65536")]
    [InlineData("TENSORBOARD_PORT", "6006.5")]
    [InlineData("TENSORBOARD_FEED", "socket")]
    [InlineData("DATA_PROVIDER_PORT", "feed")]
    [InlineData("TLS_PORT", "https")]
    [InlineData("TENSORBOARD_SAMPLES", "-1")]
    [InlineData("TENSORBOARD_SAMPLES", "1000000001")]
    [InlineData("TENSORBOARD_PYTHON", "no-such-python-anywhere")]
    [InlineData("TENSORBOARD_PYTHON", "./no/such/python")]
    [InlineData("DASHBOARD", "maybe")]
    [InlineData("TENSORBOARD_HOST", "here")]
    [InlineData("PROXY_AUTH_FILE", "users")]
    [InlineData("PROXY_TOKEN_FILE", "token")]
    [InlineData("TLS_CLIENT_CA_FILE", "ca.pem")]
    [InlineData("TLS_CERT_FILE", "cert.pem")]
    [InlineData("TLS_KEY_FILE", "key.pem")]
    public void Read_WrongValue_IsNamedWithIt(string name, string value)
        => Assert.StartsWith($"{name}={value}: ", Assert.Single(Read((name, value)).Errors));

    [Fact]
    public void Read_NoCertificate_HasNoProxy()
    {
        var options = Read(("TLS_HSTS", "1"));

        Assert.False(options.IsTlsOn);
        Assert.False(options.IsAccessOn);
        Assert.Null(options.TlsPort);
    }

    [Fact]
    public void Read_CertificateAndKey_HaveAProxyOnItsPort()
    {
        var options = Read(("TLS_CERT_FILE", "cert.pem"), ("TLS_KEY_FILE", "/k/key.pem"), ("TLS_KEY_PASSWORD", "geheim"), ("PROXY_IDLE_SECONDS", "9"));

        Assert.Empty(options.Errors);
        Assert.True(options.IsTlsOn);
        Assert.False(options.IsAccessOn);
        Assert.Equal(6443, options.TlsPort);
        Assert.Equal("geheim", options.TlsKeyPassword);
        Assert.Equal(
            new Dictionary<string, string>
            {
                ["TLS_CERT_FILE"] = Path.Combine(_folder, "cert.pem"),
                ["TLS_KEY_FILE"] = "/k/key.pem",
                ["PROXY_IDLE_SECONDS"] = "9",
            },
            options.ProxyVariables);
    }

    [Theory]
    [InlineData("PROXY_AUTH_FILE")]
    [InlineData("PROXY_TOKEN_FILE")]
    [InlineData("TLS_CLIENT_CA_FILE")]
    public void Read_AnyFileOfAccess_AsksPeopleWhoTheyAre(string name)
        => Assert.True(Read(("TLS_CERT_FILE", "c"), ("TLS_KEY_FILE", "k"), (name, "f")).IsAccessOn);

    [Fact]
    public void Read_TlsPortOfAnother_NamesBothVariables()
        => Assert.Contains("TLS_PORT=6006: TENSORBOARD_PORT is the same port", Assert.Single(
            Read(("TLS_CERT_FILE", "c"), ("TLS_KEY_FILE", "k"), ("TLS_PORT", "6006")).Errors));

    [Fact]
    public void Read_OnePortTwice_NamesBothVariables()
    {
        var error = Assert.Single(Read(("HTTP_PORT", "6006")).Errors);

        Assert.Contains("TENSORBOARD_PORT=6006", error);
        Assert.Contains("HTTP_PORT is the same port", error);
    }

    [Fact]
    public void Read_LogDirIsAFile_IsAnError()
    {
        var file = Path.GetTempFileName();
        try
        {
            Assert.Contains("is a file", Assert.Single(Read(("LOG_DIR", file)).Errors));
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Fact]
    public void Report_SeveralWrongValues_TellsAllAndAsksForExitCode1()
    {
        var output = new StringWriter();

        var exitCode = Read(("SERVER_PORT", "a"), ("HTTP_PORT", "b"), ("TENSORBOARD_SAMPLES", "c")).Report(output);

        Assert.Equal(1, exitCode);
        Assert.Contains("SERVER_PORT=a", output.ToString());
        Assert.Contains("HTTP_PORT=b", output.ToString());
        Assert.Contains("TENSORBOARD_SAMPLES=c", output.ToString());
    }

    private static AppHostOptions Read(params (string Name, string Value)[] variables)
    {
        var configuration = new ConfigurationBuilder()
            .AddInMemoryCollection(variables.Select(variable => KeyValuePair.Create<string, string?>(variable.Name, variable.Value)))
            .Build();
        return AppHostOptions.Read(configuration, _folder);
    }
}
