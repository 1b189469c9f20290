using System.Text;
using System.Text.Json;
using CsCheck;
using NNTileLogger.Ingest.Tests.Support;
using Xunit;

namespace NNTileLogger.Ingest.Tests.Outside;

/// <summary>Names from clients as directories: safe, confined, never shared by two, and as they are wherever that is possible.</summary>
public sealed class NameTests(RunningIngest ingest) : IClassFixture<RunningIngest>
{
    private static readonly Gen<string> _oddName = Gen.OneOf<string>(
        "a", "b", "/", "//", ".", "..", "%", "%2", "%2E", "%2e", "%2F", "%25", "%00", "%41", "session.json", "tfevents", " ", ":", ">", "#", "\\", "~",
        "\0", "\u0001", "\u001f", "\n", "\u007f", "\u00e9", "e\u0301", "\U0001F600", "A", "\uFFFD", "-2").Array[1, 5].Select(string.Concat);

    [Theory]
    [InlineData("CPU 0")]
    [InlineData("OpenCL 0 (pthread-skylake-avx512-Intel(R) Xeon(R) Processor 4.8")]
    [InlineData("NUMA 0->CUDA 0")]
    [InlineData("a:b > c # d")]
    [InlineData(" leading and trailing ")]
    [InlineData("Обучение")]
    [InlineData("損失")]
    [InlineData("😀 α→β é")]
    [InlineData("100%")]
    [InlineData("%")]
    [InlineData("50% done")]
    [InlineData("%zz %4")]
    [InlineData("...")]
    [InlineData(".hidden")]
    [InlineData("a\\b \"quoted\" 'x' *?|<>&;$~")]
    [InlineData("-rf")]
    [InlineData("session.jsonx")]
    [InlineData("Train/loss")]
    [InlineData("a/b/c/d")]
    public async Task Name_ThatIsSafe_IsItsDirectory(string name)
    {
        var session = await ingest.SendAsOneSessionAsync(Lines.Scalar(name, 1));

        Assert.Equal([name], session.Runs.Keys);
        Assert.Equal([1], session.Values(name));
    }

    [Theory]
    [InlineData("a\u0001b", "a%01b")]
    [InlineData("%41", "%2541")]
    [InlineData("a%2Fb", "a%252Fb")]
    [InlineData("line\nbreak", "line%0Abreak")]
    [InlineData("nul\0", "nul%00")]
    [InlineData(".", "%2E")]
    public async Task Name_WithOneThingToEscape_IsPercentEscaped(string name, string directory)
    {
        var session = await ingest.SendAsOneSessionAsync(Lines.Scalar(name, 1));

        Assert.Equal(directory, Assert.Single(session.Runs.Keys), ignoreCase: true);
        Assert.Single(session.Points(session.Runs.Keys.First(), name));
    }

    [Theory]
    [InlineData("..", true)]
    [InlineData("../../escape", true)]
    [InlineData("a/../b", true)]
    [InlineData("a/./b", true)]
    [InlineData("session.json", true)]
    [InlineData("session.json/x", true)]
    [InlineData("events.out.tfevents.1700000000.x", true)]
    [InlineData("a/tfevents/b", true)]
    [InlineData("atfeventsb", true)]
    [InlineData("%2E%2e", true)]
    [InlineData("%00", true)]
    [InlineData("%25", true)]
    [InlineData("\0", true)]
    [InlineData("/etc/passwd", false)]
    [InlineData("a//b", false)]
    [InlineData("a/", false)]
    [InlineData("/", false)]
    [InlineData("//", false)]
    [InlineData("../", false)]
    public async Task Name_ThatIsNotSafe_StaysInItsSessionAndReadsBack(string name, bool plainPercent)
    {
        var session = await ingest.SendAsOneSessionAsync(Lines.Scalar(name, 1) + Lines.Scalar(name, 2));

        var (run, tags) = Assert.Single(session.Runs);
        Assert.Equal([1, 2], tags[name].Select(point => point.Value));
        if (plainPercent)
        {
            Assert.Equal(name, Uri.UnescapeDataString(run));
        }

        AssertConfined();
    }

    [Fact]
    public async Task Names_ThatAreAlike_NeverShareADirectory()
    {
        string[] names =
        [
            ".", "%2E", "%2e", "%252E", "..", "%2E%2E", "%2E.", ".%2E", "a/b", "a%2Fb", "a%2fb", "a%252Fb", "a//b", "a/%/b", "a/", "/a", "a", "/a/", "//a", "a//",
            "/", "//", "///", "%", "%%", "%25", "%2525", "session.json", "session%2Ejson", "%73ession.json", "tfevents", "%74fevents", "tfevent%73", "t%66events",
            "\0", "%00", "\u0001", "%01", "A", " a", "a ", "\u007f", "%7F",
        ];

        await AssertEachHasItsOwnRunAsync(names);
    }

    [Fact]
    public async Task Names_Generated_NeverShareADirectory()
    {
        var names = new HashSet<string>(StringComparer.Ordinal);
        _oddName.Sample(name => { _ = names.Add(name); }, iter: 1000, threads: 1);

        await AssertEachHasItsOwnRunAsync([.. names]);
    }

    [Fact]
    public async Task Names_TooLong_AreShortenedApartAndKeptWhole()
    {
        var exact = new string('e', 255);
        string[] names =
        [
            exact, new string('x', 256), new string('x', 300) + "1", new string('x', 300) + "2", new string('я', 200), new string('я', 128) + "ж",
            "a/" + new string('y', 3000) + "/b", string.Concat(Enumerable.Repeat("deep/", 1500)) + "1", string.Concat(Enumerable.Repeat("deep/", 1500)) + "2",
            string.Concat(Enumerable.Repeat(new string('z', 200) + "/", 40)) + "end", new string('%', 260), new string('\u0001', 200),
        ];

        var session = await AssertEachHasItsOwnRunAsync(names);

        Assert.Contains(exact, session.Runs.Keys);
        Assert.All(session.Runs.Keys.SelectMany(run => run.Split('/')), part => Assert.InRange(Encoding.UTF8.GetByteCount(part), 1, 255));
        var kept = KeptText(session);
        Assert.All(names.Where(name => !session.Runs.ContainsKey(name)), name =>
            Assert.True(kept.Contains(name) || session.Runs.Keys.Any(run => Uri.UnescapeDataString(run) == name), $"session.json does not keep the whole of '{name[..40]}...'"));
    }

    [Fact]
    public async Task Names_ThatDifferInBrokenBytes_HaveDirectoriesOfTheirOwn()
    {
        // One character is one byte of the line.
        string[] names = ["n\u00ff", "n\u00fe", "n\\ud800", "n\\udfff", "n\u00ef\u00bf\u00bd"];
        var line = string.Concat(names.Select((name, k) => $$"""{"scalars":[{"name":"{{name}}","values":[{{k}}]}]}""" + "\n"));
        var before = ingest.Logs.SessionPaths();
        await NNTileClient.SendWholeAsync(ingest.Port, Encoding.Latin1.GetBytes(line + line));

        var path = Assert.Single(ingest.Logs.SessionPaths().Except(before));
        var session = LogDirectoryReader.ReadSession(path, writerAtWork: false);
        Assert.Equal(names.Length, session.Runs.Count);
        Assert.All(session.Runs.Values, tags => Assert.Equal("n\uFFFD", Assert.Single(tags.Keys)));
        Assert.Equal([0, 0], session.Values("n\uFFFD"));
        Assert.All(session.Runs, run => Assert.StartsWith("n\uFFFD", run.Key, StringComparison.Ordinal));
        Assert.Equal(
            Enumerable.Range(0, names.Length).Select(k => $"{k} {k}"),
            session.Runs.Values.Select(tags => string.Join(' ', tags.Values.Single().Select(point => point.Value))).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Name_ThatLeadsThroughALink_WritesNothingOutside()
    {
        var outside = Directory.CreateDirectory(Path.Combine(ingest.Logs.Root, "outside")).FullName;
        using var client = await NNTileClient.ConnectAsync(ingest.Port);
        await client.SendAsync(Lines.Scalar("before the link", 1));
        await Eventually.IsTrueAsync(
            () => ingest.Logs.SessionsWithRun("before the link").Count > 0, Eventually.Patience, "the session is there");
        var session = ingest.Logs.SessionWithRun("before the link").Path;
        Directory.CreateSymbolicLink(Path.Combine(session, "link"), outside);

        await client.SendAsync(Lines.Scalar("link/loss", 1) + Lines.Scalar("link", 1) + Lines.Scalar("before the link", 2));
        await client.EndAsync();

        Assert.Empty(Directory.GetFileSystemEntries(outside));
        Assert.Equal([1, 2], ingest.Logs.SessionWithRun("before the link").Values("before the link"));
        Directory.Delete(outside);
    }

    [Fact]
    public async Task Name_OfAFileOfTheServersOwn_DoesNotCollide()
    {
        var session = await ingest.SendAsOneSessionAsync(Lines.Scalar("a", 1));
        var own = Directory.GetFiles(session.Path, "*", SearchOption.AllDirectories)
            .Where(path => !Path.GetFileName(path).Contains("tfevents", StringComparison.Ordinal))
            .Select(path => Path.GetRelativePath(session.Path, path)).ToList();
        Assert.Contains("session.json", own);

        // The same names in many forms: as they are, as folders, as parts, and with the endings that temporary files get.
        await AssertEachHasItsOwnRunAsync([.. own.SelectMany(name => new[] { name, $"{name}/x", $"{name}.tmp", $"{name}.new", $"{name}~", $".{name}", $".{name}.tmp" })]);
    }

    private async Task<SessionFiles> AssertEachHasItsOwnRunAsync(string[] names)
    {
        var session = await ingest.SendAsOneSessionAsync(string.Concat(names.Select((name, k) => Lines.Scalar(name, k))));

        Assert.Equal(names.Length, session.Runs.Count);
        for (var k = 0; k < names.Length; k++)
        {
            var runs = session.Runs.Where(run => run.Value.ContainsKey(names[k])).ToList();
            Assert.True(runs.Count == 1, $"'{names[k]}' is in {runs.Count} runs: {string.Join(", ", runs.Select(run => run.Key))}");
            Assert.True(runs[0].Value.Count == 1, $"'{runs[0].Key}' is the run of {string.Join(", ", runs[0].Value.Keys)}");
            Assert.Equal(k, Assert.Single(runs[0].Value[names[k]]).Value);
        }

        AssertConfined();
        return session;
    }

    // Nothing beside the log directory, nothing in it but sessions and files of the server's own, no directory that reads as an event file.
    private void AssertConfined()
    {
        Assert.Equal([ingest.Logs.Path], Directory.GetFileSystemEntries(ingest.Logs.Root));
        Assert.Equal(ingest.Logs.SessionPaths(), Directory.GetDirectories(ingest.Logs.Path).Where(path => !Path.GetFileName(path).StartsWith('.')).Order(StringComparer.Ordinal));
        var directories = Directory.GetDirectories(ingest.Logs.Path, "*", SearchOption.AllDirectories);
        Assert.DoesNotContain(directories, path => Path.GetFileName(path).Contains("tfevents", StringComparison.Ordinal));
        Assert.All(ingest.Logs.SessionPaths(), path => Assert.True(File.Exists(Path.Combine(path, "session.json"))));
    }

    private static HashSet<string> KeptText(SessionFiles session)
    {
        var kept = new HashSet<string>(StringComparer.Ordinal);
        using var json = JsonDocument.Parse(File.ReadAllText(Path.Combine(session.Path, "session.json")));
        Collect(json.RootElement, kept);
        return kept;
    }

    private static void Collect(JsonElement element, HashSet<string> kept)
    {
        switch (element.ValueKind)
        {
            case JsonValueKind.String:
                kept.Add(element.GetString()!);
                break;
            case JsonValueKind.Array:
                foreach (var item in element.EnumerateArray())
                {
                    Collect(item, kept);
                }

                break;
            case JsonValueKind.Object:
                foreach (var member in element.EnumerateObject())
                {
                    kept.Add(member.Name);
                    Collect(member.Value, kept);
                }

                break;
        }
    }
}
