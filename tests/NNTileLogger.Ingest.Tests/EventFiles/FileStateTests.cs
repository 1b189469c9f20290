using NNTileLogger.Ingest.EventFiles;
using NNTileLogger.Ingest.Tests.Support;
using Xunit;

namespace NNTileLogger.Ingest.Tests.EventFiles;

/// <summary>An open file tells its length, and whether it still is at any path.</summary>
public sealed class FileStateTests
{
    [Fact]
    public void State_OfAFileThatIsWrittenMovedAndRemoved_IsWhatItIs()
    {
        using var folder = new TempLogDirectory();
        var path = Path.Combine(folder.Root, "file");
        using var file = File.OpenHandle(path, FileMode.CreateNew, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete);
        Assert.Equal(new FileState(1, 0), StateOf());

        RandomAccess.Write(file, new byte[1000], 0);
        Assert.Equal(new FileState(1, 1000), StateOf());
        RandomAccess.SetLength(file, 5L << 30);
        Assert.Equal(new FileState(1, 5L << 30), StateOf());

        File.Move(path, path + " moved");
        Assert.Equal(1u, StateOf().Links);
        File.Delete(path + " moved");
        Assert.Equal(0u, StateOf().Links);

        FileState StateOf()
        {
            Assert.True(FileState.TryRead(file, out var state), "this system does not tell the state of an open file");
            return state;
        }
    }
}
