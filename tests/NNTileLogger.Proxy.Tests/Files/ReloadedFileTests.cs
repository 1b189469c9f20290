using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Testing;
using Microsoft.Extensions.Time.Testing;
using NNTileLogger.Proxy.Files;
using NNTileLogger.Proxy.Tests.Support;
using Xunit;

namespace NNTileLogger.Proxy.Tests.Files;

/// <summary>When a changed file is taken up, and when a person is told that it is not. Two files that hold "good N" belong together.</summary>
public sealed class ReloadedFileTests : IDisposable
{
    private readonly TempFolder _folder = new();
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 3, 1, 12, 0, 0, TimeSpan.Zero));
    private readonly FakeLogger _log = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Look_BothWritten_AreTakenWithinTwoSeconds()
    {
        var files = Open("good 1", "good 1");

        Write("good 2", "good 2");
        Pass(files, 2);

        Assert.Equal("good 2", files.Current);
        Assert.Empty(Warnings());
    }

    [Fact]
    public void Look_SecondWrittenFourSecondsLater_IsTakenWithoutAWord()
    {
        var files = Open("good 1", "good 1");

        Write("good 2", "good 1");
        Pass(files, 4);
        Assert.Equal("good 1", files.Current);
        Write("good 2", "good 2");
        Pass(files, 2);

        Assert.Equal("good 2", files.Current);
        Assert.Empty(Warnings());
    }

    [Fact]
    public void Look_SecondNeverWritten_IsSaidOnceAndTheOldStays()
    {
        var files = Open("good 1", "good 1");

        Write("good 2", "good 1");
        Pass(files, 600);

        Assert.Equal("good 1", files.Current);
        var warning = Assert.Single(Warnings());
        Assert.Contains($"B={_folder.Path("b")}: does not belong to A", warning, StringComparison.Ordinal);
        Assert.Contains("stays in use: good 1", warning, StringComparison.Ordinal);
        Assert.Equal("B: does not belong to A.", files.Problem);
    }

    [Fact]
    public void Look_PutRightAfterTheWarning_IsTakenAndNothingIsWrongAnyMore()
    {
        var files = Open("good 1", "good 1");
        Write("good 2", "good 1");
        Pass(files, 20);

        Write("good 2", "good 2");
        Pass(files, 2);

        Assert.Equal("good 2", files.Current);
        Assert.Null(files.Problem);
    }

    [Fact]
    public void Look_OldOnesPutBack_AreInOrderAgain()
    {
        var files = Open("good 1", "good 1");
        Write("half", "good 1");
        Pass(files, 20);

        Write("good 1", "good 1");
        Pass(files, 1);

        Assert.Equal("good 1", files.Current);
        Assert.Null(files.Problem);
    }

    [Fact]
    public void Look_FileGoneForAWhile_IsSaidOnceAndTakenWhenBack()
    {
        var files = Open("good 1", "good 1");

        File.Delete(_folder.Path("a"));
        Pass(files, 4);
        Assert.Empty(Warnings());
        Pass(files, 60);
        Assert.Contains("there is no such file", Assert.Single(Warnings()), StringComparison.Ordinal);
        Write("good 2", "good 2");
        Pass(files, 2);

        Assert.Equal("good 2", files.Current);
    }

    [Fact]
    public void Look_ContentsThatKeepChanging_AreNotTriedUntilTheyRest()
    {
        var files = Open("good 1", "good 1");

        for (var part = 1; part <= 10; part++)
        {
            Write(new string('x', part), "good 1");
            Pass(files, 1);
        }

        Write("good 2", "good 2");
        Pass(files, 2);

        Assert.Equal("good 2", files.Current);
        Assert.Empty(Warnings());
    }

    [Fact]
    public void Look_ContentsGoodFromATimeOn_AreTakenThen()
    {
        var files = Open("good 1", "good 1");

        Write("later", "later");
        Pass(files, 30);
        Assert.Equal("good 1", files.Current);
        Pass(files, 60);

        Assert.Equal("later", files.Current);
        Assert.Null(files.Problem);
    }

    [Fact]
    public void Look_SameLengthAndTime_IsStillSeen()
    {
        var files = Open("good 1", "good 1");
        var written = File.GetLastWriteTimeUtc(_folder.Path("a"));

        Write("good 3", "good 3");
        File.SetLastWriteTimeUtc(_folder.Path("a"), written);
        File.SetLastWriteTimeUtc(_folder.Path("b"), written);
        Pass(files, 2);

        Assert.Equal("good 3", files.Current);
    }

    [Theory]
    [InlineData("there is no such file", "missing")]
    [InlineData("it is a folder", ".")]
    public void Open_FileThatCannotBeRead_SaysWhy(string reason, string name)
    {
        var path = _folder.Path(name);

        var refused = Assert.Throws<FileProblemException>(() => SourceFile.Read("A", path));

        Assert.StartsWith($"A={path}: {reason}", refused.Message, StringComparison.Ordinal);
    }

    private ReloadedFile<string> Open(string a, string b)
    {
        Write(a, b);
        return new ReloadedFile<string>(Make, _time, ("A", _folder.Path("a")), ("B", _folder.Path("b")));
    }

    private string Make(IReadOnlyList<SourceFile> files)
    {
        if (files[0].Text == "later" && _time.GetUtcNow() < _time.Start.AddSeconds(60))
        {
            throw new FileProblemException("A", files[0].Path, "too early", _time.Start.AddSeconds(60));
        }

        return files[0].Text == files[1].Text ? files[0].Text : throw files[1].Problem("does not belong to A");
    }

    private void Write(string a, string b)
    {
        _folder.Write("a", a);
        _folder.Write("b", b);
    }

    private void Pass(ReloadedFile<string> files, int seconds)
    {
        for (var second = 0; second < seconds; second++)
        {
            _time.Advance(TimeSpan.FromSeconds(1));
            files.Look(_log);
        }
    }

    private string[] Warnings() =>
        [.. _log.Collector.GetSnapshot().Where(record => record.Level >= LogLevel.Warning).Select(record => record.Message)];
}
