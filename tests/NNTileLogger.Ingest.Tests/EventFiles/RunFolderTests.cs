using System.Text;
using CsCheck;
using NNTileLogger.Ingest.EventFiles;
using Xunit;

namespace NNTileLogger.Ingest.Tests.EventFiles;

/// <summary>Names become folders that a system takes, that stay inside, and that tell the name again.</summary>
public sealed class RunFolderTests
{
    private const int Longest = 3800;

    private static readonly Gen<string> _name = Gen.Frequency<string>(
        (6, Gen.OneOf<string>(
            "CPU 0", "a/b", "/", "//", "a//b", "/a", "a/", ".", "..", "./..", "a/../b", "%", "%41", "%%41", "%2F", "%zz", "tfevents", "events.out.tfevents.1",
            "tftfeventsevents", "session.json", "session.json/x", "x/session.json", "steps.json.tmp", "\0", "\n", "\u0085", "é", "損失", "😀", "a:b#c>d", "a~0123456789abcdef")),
        (3, Gen.OneOf<string>("a", "/", ".", "%", "4", "1", "t", "tf", "events", "\u0001", "\u007f", " ", "session.json", "/../", "€").Array[1, 8].Select(string.Concat)),
        (1, Gen.String.Where(text => text.Length > 0 && Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text)) == text)));

    [Theory]
    [InlineData("CPU 0", "CPU 0")]
    [InlineData("CUDA 0.0 (H100 00:00.0)->NUMA 0", "CUDA 0.0 (H100 00:00.0)->NUMA 0")]
    [InlineData("Validation/top-5 accuracy (%)", "Validation/top-5 accuracy (%)")]
    [InlineData("損失/訓練 #1", "損失/訓練 #1")]
    [InlineData("", "")]
    [InlineData(".", "%2E")]
    [InlineData("..", "%2E.")]
    [InlineData("...", "...")]
    [InlineData("a/../b", "a/%2E./b")]
    [InlineData("/a", "%2Fa")]
    [InlineData("a/", "a%2F")]
    [InlineData("a//b", "a/%2Fb")]
    [InlineData("/", "%2F")]
    [InlineData("a\0b\tc", "a%00b%09c")]
    [InlineData("a\u0085", "a%C2%85")]
    [InlineData("100%", "100%")]
    [InlineData("%41", "%2541")]
    [InlineData("%4", "%4")]
    [InlineData("session.json", "%73ession.json")]
    [InlineData("x/session.json", "x/session.json")]
    [InlineData("my tfevents", "my %74fevents")]
    public void Name_AsFolder_IsAsDocumented(string name, string folder)
    {
        Assert.Equal(folder, RunFolder.Escape(name));
        Assert.Equal(name, RunFolder.Unescape(folder));
    }

    [Fact]
    public void AnyName_Escaped_CanBeReadBack() =>
        _name.Sample(name => Assert.Equal(name, RunFolder.Unescape(RunFolder.Escape(name))), iter: 100_000);

    [Fact]
    public void AnyName_AsFolder_StaysInsideAndMeansNothingElse() =>
        _name.Sample(
            name =>
            {
                var folder = new RunFolders(Longest, []).FolderFor(Encoding.UTF8.GetBytes(name), out _);
                Assert.StartsWith("/root/", Path.GetFullPath("/root/" + folder), StringComparison.Ordinal);
                Assert.Equal("/root/" + folder, Path.GetFullPath("/root/" + folder));
                Assert.DoesNotContain("tfevents", folder, StringComparison.Ordinal);
                Assert.DoesNotContain(folder, c => char.IsControl(c));
                Assert.All(folder.Split('/'), part => Assert.InRange(Encoding.UTF8.GetByteCount(part), 1, 255));
                Assert.False(folder is "session.json" or "steps.json" || folder.StartsWith("session.json/", StringComparison.Ordinal));
            },
            iter: 50_000);

    [Fact]
    public void AnyNames_OfOneSession_NeverShareAFolder() =>
        Gen.OneOf(
                _name.Select(Encoding.UTF8.GetBytes),
                Gen.Byte.Array[1, 6],
                Gen.Int[240, 300].Select(length => Encoding.ASCII.GetBytes(new string('x', length))),
                Gen.Int[3700, 4300].Select(length => Encoding.ASCII.GetBytes(string.Concat(Enumerable.Repeat("dir/", length / 4)) + length)))
            .Array[2, 12]
            .Sample(
                names =>
                {
                    var folders = new RunFolders(Longest, []);
                    var distinct = names.DistinctBy(Convert.ToHexString).ToArray();
                    var taken = distinct.Select(name => folders.FolderFor(name, out _)).ToArray();
                    Assert.Equal(distinct.Length, taken.Distinct(StringComparer.Ordinal).Count());
                    Assert.All(taken, folder => Assert.InRange(Encoding.UTF8.GetByteCount(folder), 1, Longest));

                    // A restart knows the unusual ones from session.json, and finds the others by their names again.
                    var again = new RunFolders(Longest, folders.Unusual.ToArray());
                    Assert.Equal(taken.Reverse(), distinct.Reverse().Select(name => again.FolderFor(name, out _)));
                },
                iter: 10_000);

    [Fact]
    public void Names_ThatDifferInBrokenBytes_TheFirstHasTheFolderAsItIs()
    {
        var folders = new RunFolders(Longest, []);
        Assert.Equal("a\uFFFD", folders.FolderFor([(byte)'a', 0xFF], out var first));
        var second = folders.FolderFor([(byte)'a', 0xFE], out var isUnusual);
        Assert.Matches("^a\uFFFD~[0-9a-f]{16}$", second);
        Assert.True(first && isUnusual);
        Assert.Equal(2, folders.Unusual.Count());
    }
}
