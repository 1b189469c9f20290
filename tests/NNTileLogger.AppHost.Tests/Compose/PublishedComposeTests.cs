using System.Text.RegularExpressions;
using Aspire.Hosting.Testing;
using NNTileLogger.AppHost.Tests.Support;
using Xunit;

namespace NNTileLogger.AppHost.Tests.Compose;

/// <summary>What is published, and that the checked-in copy in compose/ is the same. Nothing is started.</summary>
public sealed partial class PublishedComposeTests : IDisposable
{
    private const string ComposeFile = "docker-compose.yaml";
    private const string EnvFile = ".env";
    private const string Notebook = "notebooks/nntile-logger.ipynb";

    private readonly TempFolder _folder = new();

    // What the one who runs the tests has set would be published.
    private readonly CleanEnvironment _environment = new();

    public void Dispose()
    {
        _environment.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task CheckedInCopy_PublishedAgain_IsTheSame()
    {
        await PublishAsync();

        foreach (var file in (string[])[ComposeFile, Notebook])
        {
            Assert.Equal(await ReadAsync(Repository.Combine("compose", file)), await ReadAsync(_folder.Combine(file)));
        }

        // Elsewhere than in the repository the source is where it is.
        Assert.Equal(
            await ReadAsync(Repository.Combine("compose", EnvFile)),
            (await ReadAsync(_folder.Combine(EnvFile))).Replace("SOURCE_DIR=" + Repository.Root + "\n", "SOURCE_DIR=..\n", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Variables_OfTheComposeFile_AreThoseOfTheEnvFile()
    {
        await PublishAsync();

        var placeholders = Placeholder().Matches(await ReadAsync(_folder.Combine(ComposeFile)))
            .Select(match => (Name: match.Groups[1].Value, Default: match.Groups[2].Value))
            .Distinct()
            .ToDictionary(one => one.Name, one => one.Default);
        var variables = (await File.ReadAllLinesAsync(_folder.Combine(EnvFile), TestContext.Current.CancellationToken))
            .Where(line => line.Length > 0 && line[0] != '#')
            .ToDictionary(line => line.Split('=')[0], line => line[(line.IndexOf('=') + 1)..]);

        Assert.Equal(placeholders.Keys.Order(), variables.Keys.Order());
        foreach (var (name, value) in placeholders.Where(one => one.Key != "SOURCE_DIR"))
        {
            Assert.Equal(value, variables[name]);
        }
    }

    [Fact]
    public async Task EnvFile_PublishedWithVariables_HasThemAsDefaults()
    {
        await PublishAsync("--SERVER_PORT=7001", "--SPLIT_HOURS=0.5", "--CLEAR_LOGS=1", "--HTTP_HOST=127.0.0.1", "--TENSORBOARD_SAMPLES=0");

        var variables = await ReadAsync(_folder.Combine(EnvFile));
        Assert.Contains("\nSERVER_PORT=7001\n", variables, StringComparison.Ordinal);
        Assert.Contains("\nSPLIT_HOURS=0.5\n", variables, StringComparison.Ordinal);
        Assert.Contains("\nCLEAR_LOGS=1\n", variables, StringComparison.Ordinal);
        Assert.Contains("\nTENSORBOARD_SAMPLES=0\n", variables, StringComparison.Ordinal);
        var compose = await ReadAsync(_folder.Combine(ComposeFile));
        // Others connect to logger-server:5001, whatever the host's port.
        Assert.Contains("- ${SERVER_PORT:-7001}:5001\n", compose, StringComparison.Ordinal);
        Assert.DoesNotContain("HTTP_HOST", compose, StringComparison.Ordinal);
    }

    [Fact]
    public async Task EnvFile_PublishedWithAKeyPassword_DoesNotTellIt()
    {
        await PublishAsync("--TLS_CERT_FILE=/c.pem", "--TLS_KEY_FILE=/k.pem", "--TLS_KEY_PASSWORD=geheim");

        foreach (var file in (string[])[ComposeFile, EnvFile])
        {
            Assert.DoesNotContain("geheim", await ReadAsync(_folder.Combine(file)), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task EnvFile_PublishedAgain_KeepsWhatWasChangedInIt()
    {
        await PublishAsync();
        var path = _folder.Combine(EnvFile);
        var text = await ReadAsync(path);
        await File.WriteAllTextAsync(
            path,
            text.Replace("\nSERVER_PORT=5001\n", "\nSERVER_PORT=6001\n", StringComparison.Ordinal)
                .Replace("\nJUPYTER_TOKEN=\n", "\n", StringComparison.Ordinal)
                .Replace("\nOTEL_EXPORTER_OTLP_ENDPOINT=http://aspire-dashboard:18889\n", "\nOTEL_EXPORTER_OTLP_ENDPOINT=\n", StringComparison.Ordinal)
                + "\n# Mine.\nCOMPOSE_PROFILES=tls,jupyter\n",
            TestContext.Current.CancellationToken);

        // HTTP_PORT was at its default, which is another now.
        await PublishAsync("--SERVER_PORT=7001", "--HTTP_PORT=7002");

        var expected = text.Replace("\nSERVER_PORT=5001\n", "\nSERVER_PORT=6001\n", StringComparison.Ordinal)
            .Replace("\nOTEL_EXPORTER_OTLP_ENDPOINT=http://aspire-dashboard:18889\n", "\nOTEL_EXPORTER_OTLP_ENDPOINT=\n", StringComparison.Ordinal)
            .Replace("\nHTTP_PORT=5002\n", "\nHTTP_PORT=7002\n", StringComparison.Ordinal)
            + "\n# Not of docker-compose.yaml: kept from the .env that was here before.\nCOMPOSE_PROFILES=tls,jupyter\n";
        Assert.Equal(expected, await ReadAsync(path));
        await PublishAsync("--HTTP_PORT=7002");
        Assert.Equal(expected, await ReadAsync(path));
    }

    [Fact]
    public async Task EnvFile_WithALineThatCannotBeKept_IsLeftAsItIs()
    {
        const string Own = "SERVER_PORT=6001\nJUPYTER_TOKEN='of\ntwo lines'\n";
        _folder.Write(EnvFile, Own);

        using var program = Publish("");

        Assert.Equal(1, await program.EndAsync());
        Assert.Contains(".env, line 3, is neither NAME=VALUE", program.Text, StringComparison.Ordinal);
        Assert.Equal(Own, await ReadAsync(_folder.Combine(EnvFile)));
    }

    [Fact]
    public async Task Program_VariablesOfThisMachine_AreSaidNotToBePublished()
    {
        using var program = Publish(
            "", ("TLS_CERT_FILE", "/c.pem"), ("TLS_KEY_FILE", "/k.pem"), ("PROXY_AUTH_FILE", "/users"), ("HTTP_HOST", "127.0.0.1"), ("TLS_HSTS", "1"));

        Assert.Equal(0, await program.EndAsync());
        Assert.Contains(program.Lines, line => line.Contains("TLS_CERT_FILE, TLS_KEY_FILE, PROXY_AUTH_FILE, HTTP_HOST. What", StringComparison.Ordinal));
        var variables = await ReadAsync(_folder.Combine(EnvFile));
        Assert.Contains("\nPROXY_AUTH_FILE=\n", variables, StringComparison.Ordinal);
        Assert.Contains("\nTLS_HSTS=1\n", variables, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("good", 0)]
    [InlineData("file/below", 1)]
    public async Task Program_PublishStep_EndsWithItsOutcome(string output, int code)
    {
        _folder.Write("file", "where a folder is wanted");

        using var program = Publish(output);

        var ended = await program.EndAsync();
        Assert.True(ended == code, $"ended with {ended}:\n{program.Text}");
        Assert.Equal(code == 0, File.Exists(_folder.Combine(output, ComposeFile)));
    }

    private static Task<string> ReadAsync(string path) => File.ReadAllTextAsync(path, TestContext.Current.CancellationToken);

    private ChildProcess Publish(string output, params (string Name, string? Value)[] variables)
        => new(
            "dotnet",
            [ChildProcess.AppHost, "--operation", "publish", "--step", "publish", "--output-path", _folder.Combine(output)],
            [("DASHBOARD", "0"), .. variables]);

    private async Task PublishAsync(params string[] variables)
    {
        var token = TestContext.Current.CancellationToken;
        var builder = await DistributedApplicationTestingBuilder.CreateAsync<Projects.NNTileLogger_AppHost>(
            ["--DASHBOARD=0", "--operation", "publish", "--step", "publish", "--output-path", _folder.Path, .. variables], token);
        await using var application = await builder.BuildAsync(token);
        await application.RunAsync(token);
        Assert.True(File.Exists(_folder.Combine(ComposeFile)), "nothing was published");
    }

    [GeneratedRegex(@"\$\{([A-Z_]+):?-([^}]*)\}")]
    private static partial Regex Placeholder();
}
