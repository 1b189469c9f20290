using NNTileLogger.AppHost.Tests.Support;
using Xunit;

namespace NNTileLogger.AppHost.Tests;

/// <summary>The example notebook beside the compose file, executed cell by cell against the running application.</summary>
[Collection(RunningApplicationTests.Name)]
public sealed class NotebookTests(RunningApplication application) : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Notebook_Executed_ShowsTheCurveItSent()
    {
        PythonRequirement.Check();
        var python = await MakePythonAsync();

        using var run = new ChildProcess(
            python,
            [Repository.Combine("tests", "jupyter", "run.py"), Repository.Combine("compose", "notebooks", "nntile-logger.ipynb")],
            ("NNTILE_LOGGER_HOST", "localhost"), ("NNTILE_LOGGER_PORT", $"{application.ServerPort}"), ("LOG_DIR", application.LogDir));

        Assert.True(await run.EndAsync() == 0, run.Text);
        Assert.Contains(run.Lines, line => line.StartsWith("50 points of Example ", StringComparison.Ordinal));
    }

    private async Task<string> MakePythonAsync()
    {
        var environment = _folder.Combine("venv");
        var python = Path.Combine(environment, "bin", "python");
        using var venv = new ChildProcess("python3", ["-m", "venv", environment]);
        Assert.True(await venv.EndAsync() == 0, venv.Text);
        using var pip = new ChildProcess(
            python,
            ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r", Repository.Combine("tests", "jupyter", "requirements.txt")]);
        if (await pip.EndAsync() != 0)
        {
            PythonRequirement.Missing($"Jupyter cannot be installed:\n{pip.Text}");
        }

        return python;
    }
}
