using NNTileLogger.AppHost.Python;
using NNTileLogger.AppHost.Tests.Support;
using Xunit;

namespace NNTileLogger.AppHost.Tests.Python;

public sealed class VirtualEnvironmentTests : IDisposable
{
    private const string Requirements = "tensorboard==2.21.0\n";
    private readonly TempFolder _folder = new();
    private readonly VirtualEnvironment _environment;

    public VirtualEnvironmentTests()
    {
        _environment = new VirtualEnvironment(_folder.Combine("venv"));
        _folder.Write("python3.11", "");
        _folder.Write("python3.12", "");
        MakeWithPython("3.11");
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void IsReady_MarkedAndUnchanged_IsTrue()
    {
        _environment.MarkReady(Requirements);

        Assert.True(_environment.IsReady(Requirements));
    }

    [Fact]
    public void IsReady_LeftHalfMade_IsFalse() => Assert.False(_environment.IsReady(Requirements));

    [Fact]
    public void IsReady_NoFolder_IsFalse() => Assert.False(new VirtualEnvironment(_folder.Combine("none")).IsReady(Requirements));

    [Fact]
    public void IsReady_OtherRequirements_IsFalse()
    {
        _environment.MarkReady(Requirements);

        Assert.False(_environment.IsReady("tensorboard==2.22.0\n"));
    }

    [Fact]
    public void IsReady_PythonReplaced_IsFalse()
    {
        _environment.MarkReady(Requirements);
        MakeWithPython("3.12");

        Assert.False(_environment.IsReady(Requirements));
    }

    [Fact]
    public void IsReady_PythonRemoved_IsFalse()
    {
        _environment.MarkReady(Requirements);
        File.Delete(_folder.Combine("python3.11"));

        Assert.False(_environment.IsReady(Requirements));
    }

    [Fact]
    public void MarkReady_NoEnvironment_LeavesNoMarker()
    {
        var none = new VirtualEnvironment(_folder.Combine("none"));

        none.MarkReady(Requirements);

        Assert.False(Directory.Exists(none.Path));
    }

    private void MakeWithPython(string version)
    {
        _folder.Write("venv/pyvenv.cfg", $"home = /usr/bin\nversion = {version}.7\n");
        Directory.CreateDirectory(Path.GetDirectoryName(_environment.Interpreter)!);
        File.Delete(_environment.Interpreter);
        File.CreateSymbolicLink(_environment.Interpreter, _folder.Combine("python" + version));
    }
}
