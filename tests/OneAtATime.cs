using Xunit;

[assembly: AssemblyFixture(typeof(NNTileLogger.Tests.OneAtATime))]

namespace NNTileLogger.Tests;

/// <summary>
/// Lets one test project run at a time, whoever started the others: tests hold delays of the servers against what was
/// promised, and share the machine with nobody meanwhile. Made by the runner before the first test of each project.
/// </summary>
public sealed class OneAtATime : IAsyncLifetime
{
    private static readonly string _place = Path.Combine(Path.GetTempPath(), "nntile-logger-tests.lock");
    private static readonly TimeSpan _look = TimeSpan.FromMilliseconds(200);

    private FileStream? _turn;

    /// <summary>Waits for this project's turn.</summary>
    /// <exception cref="UnauthorizedAccessException">Another user's tests left the file.</exception>
    public async ValueTask InitializeAsync()
    {
        while (_turn is null)
        {
            try
            {
                // Let go by the system where the process is killed.
                _turn = new FileStream(_place, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            }
            catch (IOException)
            {
                await Task.Delay(_look);
            }
        }
    }

    /// <summary>Ends the turn.</summary>
    public ValueTask DisposeAsync() => _turn?.DisposeAsync() ?? ValueTask.CompletedTask;
}
