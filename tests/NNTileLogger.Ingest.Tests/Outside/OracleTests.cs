using NNTileLogger.Ingest.Tests.Support;
using Xunit;

namespace NNTileLogger.Ingest.Tests.Outside;

/// <summary>The lab's loads through the server, and the files held against them by a second program with TensorBoard's own reader.</summary>
public sealed class OracleTests : IDisposable
{
    private readonly TempLogDirectory _logs = new();

    public void Dispose() => _logs.Dispose();

    [Theory]
    [InlineData("main-client-nan.ndjson")]
    [InlineData("tcp-client-cpu-null.ndjson")]
    [InlineData("tcp-client-opencl.ndjson")]
    public async Task Oracle_AfterACapture_SeesNoDifference(string name) =>
        await AssertNoDifferenceAsync(Path.Combine(AppContext.BaseDirectory, "Captures", name));

    [Theory]
    [InlineData("node", 150)]
    [InlineData("scalars", 100)]
    [InlineData("small", 5000)]
    [InlineData("big", 2)]
    [InlineData("unicode", 500)]
    public async Task Oracle_AfterALoad_SeesNoDifference(string kind, int count) => await AssertNoDifferenceAsync(await Lab.GenerateAsync(kind, count, _logs.Root));

    [Theory]
    [InlineData(8, 40, 2)]
    [InlineData(200, 3, 1)]
    public async Task Oracle_AfterManyConnectionsAtOnce_SeesNoDifferenceInAny(int connections, int messages, int repeats)
    {
        var files = await Task.WhenAll(
            Lab.GenerateAsync("node", messages, _logs.Root),
            Lab.GenerateAsync("small", messages * 10, _logs.Root),
            Lab.GenerateAsync("scalars", messages, _logs.Root),
            Lab.GenerateAsync("unicode", messages * 2, _logs.Root));
        await using var server = await IngestProcess.StartAsync(_logs.Path);

        await Lab.BlastAsync(server.Port, connections, repeats, files);
        await server.StopAsync();

        await Lab.AssertOracleAgreesAsync(["--each", _logs.Path, .. Enumerable.Range(0, connections).Select(k => $"{files[k % files.Length]}*{repeats}")]);
    }

    private async Task AssertNoDifferenceAsync(string file)
    {
        await using var server = await IngestProcess.StartAsync(_logs.Path);
        await Lab.BlastAsync(server.Port, 1, 1, file);

        // While the server still runs: everything is in the files before it closes a connection.
        await Lab.AssertOracleAgreesAsync(_logs.Path, file);
        await server.StopAsync();
    }
}
