using System.Text;
using Grpc.Core;
using NNTileLogger.Ingest.DataProvider.Protos;
using NNTileLogger.Ingest.Tests.Support;
using Xunit;

namespace NNTileLogger.Ingest.Tests.Outside.DataProvider;

/// <summary>What other programs left below LOG_DIR, and what becomes of it, as TensorBoard is given it.</summary>
public sealed class HistoryTests(KeepingIngest ingest) : IClassFixture<KeepingIngest>, IDisposable
{
    private readonly FeedClient _feed = new(ingest.Server.DataPort);

    public void Dispose() => _feed.Dispose();

    [Fact]
    public async Task Run_AppearsGrowsShrinksAndVanishes_IsFollowed()
    {
        const string Run = "followed/train";
        var directory = Path.Combine(ingest.Logs.Path, Run);
        var file = new EventFileBuilder().Scalar(1, "loss", 1).Scalar(2, "loss", 2);
        file.Save(directory);
        await _feed.HasPointsAsync(Run, "loss", 2);

        new EventFileBuilder().Scalar(1, "loss", 1).Scalar(2, "loss", 2).Scalar(3, "loss", 3).Scalar(3, "acc", 4).Save(directory);
        await _feed.HasPointsAsync(Run, "loss", 3);
        Assert.Contains((Run, "acc"), await _feed.ScalarTagsAsync());

        new EventFileBuilder().Scalar(7, "loss", 7).Save(directory);
        await FeedClient.UntilAsync(async () => await _feed.PointsAsync(Run, "loss") is [(7, 7)], "the shorter file is shown");
        Assert.DoesNotContain((Run, "acc"), await _feed.ScalarTagsAsync());

        Directory.Delete(directory, recursive: true);
        await FeedClient.UntilAsync(async () => !(await _feed.RunsAsync()).Contains(Run), "the run is gone");
        Assert.Empty(await _feed.PointsAsync(Run, "loss"));
    }

    [Fact]
    public async Task Run_OfSeveralFiles_LosesWhatARemovedOneHeld()
    {
        var directory = Path.Combine(ingest.Logs.Path, "files");
        new EventFileBuilder().Scalar(1, "a", 1).Save(directory, "tfevents.1");
        new EventFileBuilder().Scalar(2, "a", 2).Save(directory, "tfevents.2");
        await _feed.HasPointsAsync("files", "a", 2);

        File.Delete(Path.Combine(directory, "tfevents.1"));
        await FeedClient.UntilAsync(async () => await _feed.PointsAsync("files", "a") is [(2, 2)], "only the other file's point is left");
    }

    [Fact]
    public async Task Run_FilesInLogDirItself_IsThePoint()
    {
        new EventFileBuilder().Scalar(1, "root", 1).Save(ingest.Logs.Path);

        await _feed.HasPointsAsync(".", "root", 1);
    }

    [Fact]
    public async Task Steps_ThatGoBack_TakeTheLaterPointsAway()
    {
        new EventFileBuilder().Scalar(1, "a", 1).Scalar(2, "a", 2).Scalar(3, "a", 3).Scalar(4, "a", 4)
            .Save(Path.Combine(ingest.Logs.Path, "restarted"), "tfevents.1");
        new EventFileBuilder().Scalar(3, "a", 30).Scalar(5, "a", 50).Save(Path.Combine(ingest.Logs.Path, "restarted"), "tfevents.2");
        await FeedClient.UntilAsync(
            async () => (await _feed.PointsAsync("restarted", "a")).SequenceEqual([(1, 1), (2, 2), (3, 30), (5, 50)]), "the restart is drawn anew");
    }

    [Fact]
    public async Task Steps_ThatGoBackInALongSeries_TakeTheLaterPointsAway()
    {
        const int Count = 100_000;
        var file = new EventFileBuilder();
        for (var step = 1; step <= Count; step++)
        {
            file.Scalar(step, "a", step);
        }

        for (var step = Count / 2; step <= Count / 2 + 10; step++)
        {
            file.Scalar(step, "a", -step);
        }

        file.Save(Path.Combine(ingest.Logs.Path, "long restart"));
        await FeedClient.UntilAsync(async () => (await _feed.PointsAsync("long restart", "a", 1)) is [(Count / 2 + 10, _)], "the last point is the restart's");

        foreach (var most in (long[])[500, 40_000, 0])
        {
            var points = await _feed.PointsAsync("long restart", "a", most);
            Assert.Equal(points.Select(point => point.Step).Order(), points.Select(point => point.Step));
            Assert.All(points, point => Assert.Equal(point.Step < Count / 2 ? point.Step : -point.Step, point.Value));
        }
    }

    [Fact]
    public async Task File_LongWithADamagedRecord_PassesItOverWhereAllIsAskedFor()
    {
        // So many that memory has a choice of them, and all are read from the file again.
        const int Points = 20_000, Damaged = 12_345;
        var file = new EventFileBuilder();
        var place = 0;
        for (var step = 1; step <= Points; step++)
        {
            place = step == Damaged ? file.Length : place;
            file.Scalar(step, "a", step);
        }

        var bytes = file.ToArray();
        // In its data, behind its header.
        bytes[place + 20] ^= 1;
        Directory.CreateDirectory(ingest.Logs.Path + "/long damaged");
        await File.WriteAllBytesAsync(ingest.Logs.Path + "/long damaged/events.out.tfevents.1700000000.host.1.0", bytes, TestContext.Current.CancellationToken);
        await FeedClient.UntilAsync(async () => await _feed.PointsAsync("long damaged", "a", 1) is [(Points, _)], "the last point is there");

        var steps = (await _feed.PointsAsync("long damaged", "a")).ConvertAll(point => point.Step);

        Assert.Equal(Enumerable.Range(1, Points).Where(step => step != Damaged).Select(step => (long)step), steps);
    }

    [Fact]
    public async Task File_CutDamagedOrCorrupt_ShowsItsGoodPartAndIsSaidOnce()
    {
        var whole = new EventFileBuilder().Scalar(1, "a", 1).Scalar(2, "a", 2);
        var next = new EventFileBuilder().Scalar(3, "a", 3).ToArray()[new EventFileBuilder().Length..];
        byte[] damaged = [.. next];
        damaged[20] ^= 1;
        Save("cut", [.. whole.ToArray(), .. next[..^3]]);
        Save("damaged", [.. whole.ToArray(), .. damaged, .. next]);
        Save("corrupt", [.. whole.ToArray(), .. new byte[100]]);
        Save("empty", []);
        Save("rubbish", Encoding.UTF8.GetBytes("no event file at all, though it has the name of one"));
        new EventFileBuilder().Scalar(1, "a", 1).Save(Path.Combine(ingest.Logs.Path, "bad", "good"));

        await _feed.HasPointsAsync("bad/good", "a", 1);
        await _feed.HasPointsAsync("bad/cut", "a", 2);
        await _feed.HasPointsAsync("bad/corrupt", "a", 2);
        await _feed.HasPointsAsync("bad/damaged", "a", 3);
        Assert.DoesNotContain("bad/empty", await _feed.RunsAsync());

        // The rest of the cut record comes, and the file changes that held no record.
        Save("cut", [.. whole.ToArray(), .. next]);
        Save("corrupt", [.. whole.ToArray(), .. next]);
        await _feed.HasPointsAsync("bad/cut", "a", 3);
        await _feed.HasPointsAsync("bad/corrupt", "a", 3);
        // Another file of its run goes, and the run is read anew.
        var gone = Path.Combine(ingest.Logs.Path, "bad", "damaged", "events.out.tfevents.0");
        new EventFileBuilder().Scalar(1, "b", 1).Save(Path.GetDirectoryName(gone)!, Path.GetFileName(gone));
        await _feed.HasPointsAsync("bad/damaged", "b", 1);
        File.Delete(gone);
        await FeedClient.UntilAsync(async () => (await _feed.PointsAsync("bad/damaged", "b")).Count == 0, "the removed file's points are gone");
        await _feed.HasPointsAsync("bad/damaged", "a", 3);
        foreach (var name in (string[])["corrupt", "rubbish", "damaged"])
        {
            Assert.Single(ingest.Server.Output.Split('\n'), line => line.Contains(Path.Combine("bad", name), StringComparison.Ordinal));
        }

        void Save(string name, byte[] bytes)
        {
            var directory = Directory.CreateDirectory(Path.Combine(ingest.Logs.Path, "bad", name)).FullName;
            File.WriteAllBytes(Path.Combine(directory, "events.out.tfevents.1"), bytes);
        }
    }

    [Fact]
    public async Task File_ThatIsAPipe_MakesNobodyWait()
    {
        var directory = Path.Combine(ingest.Logs.Path, "pipe");
        new EventFileBuilder().Scalar(1, "a", 1).Scalar(2, "a", 2).Save(directory);
        using (var made = System.Diagnostics.Process.Start("mkfifo", [Path.Combine(directory, "events.out.tfevents.0"), Path.Combine(directory, "events.out.tfevents.9")]))
        {
            await made.WaitForExitAsync(TestContext.Current.CancellationToken);
            Assert.Equal(0, made.ExitCode);
        }

        File.CreateSymbolicLink(Path.Combine(directory, "events.out.tfevents.8"), Path.Combine(directory, "events.out.tfevents.9"));

        await _feed.HasPointsAsync("pipe", "a", 2);
        new EventFileBuilder().Scalar(1, "a", 1).Save(Path.Combine(ingest.Logs.Path, "behind the pipe"));
        await _feed.HasPointsAsync("behind the pipe", "a", 1);
    }

    [Fact]
    public async Task Encodings_OldAndNew_AreToldApart()
    {
        byte[] picture = [1, 2, 3, 4];
        byte[] graph = [.. Enumerable.Range(0, 5_000_000).Select(at => (byte)at)];
        new EventFileBuilder()
            .ScalarTensor(1, "new", 0.5f).Scalar(1, "old", 0.25f).Text(1, "text", "some *text*").Image(1, "image", picture)
            .Histogram(1, "histogram", [0, 5], [7, 8]).Graph(graph)
            .Save(Path.Combine(ingest.Logs.Path, "encodings"));
        await _feed.HasPointsAsync("encodings", "new", 1);

        Assert.Equal([(1, 0.25f)], await _feed.PointsAsync("encodings", "old"));
        Assert.Equal("some *text*", Assert.Single(await _feed.TensorsAsync("text", "encodings", "text")).Value.StringVal[0].ToStringUtf8());
        var histogram = Assert.Single(await _feed.TensorsAsync("histograms", "encodings", "histogram")).Value;
        Assert.Equal(DataType.DtDouble, histogram.Dtype);
        Assert.Equal([-1, 0, 7, 0, 1, 8], Enumerable.Range(0, 6).Select(at => BitConverter.ToDouble(histogram.TensorContent.Span[(at * 8)..])));
        var image = Assert.Single(await _feed.BlobsAsync("images", "encodings", "image")).Blobs;
        Assert.Equal(["3"u8.ToArray(), "2"u8.ToArray(), picture], image);
        Assert.Equal(graph, Assert.Single(Assert.Single(await _feed.BlobsAsync("graphs", "encodings", "__run_graph__")).Blobs));
        Assert.Empty(((string[])["scalars", "text", "histograms", "images", "graphs"]).Except(await _feed.PluginsAsync()));
    }

    [Fact]
    public async Task Link_RoundInACircle_IsFollowedOnce()
    {
        var directory = Path.Combine(ingest.Logs.Path, "linked");
        new EventFileBuilder().Scalar(1, "a", 1).Save(directory);
        Directory.CreateSymbolicLink(Path.Combine(directory, "again"), directory);
        Directory.CreateSymbolicLink(Path.Combine(ingest.Logs.Path, "latest"), directory);

        await _feed.HasPointsAsync("latest", "a", 1);
        await _feed.HasPointsAsync("linked", "a", 1);
        Assert.Equal(["latest", "linked"], (await _feed.RunsAsync()).Where(run => run.Split('/')[0] is "latest" or "linked").Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("???", StatusCode.InvalidArgument)]
    [InlineData("eyJSdW4iOiJub25lIiwiVGFnIjoibm9uZSIsIlN0ZXAiOjEsIkluZGV4IjowfQ", StatusCode.NotFound)]
    public async Task Blob_OfAKeyThatIsNone_IsRefusedInWords(string key, StatusCode status)
    {
        var refused = await Assert.ThrowsAsync<RpcException>(() => _feed.BlobAsync(key));

        Assert.Equal(status, refused.StatusCode);
        Assert.NotEmpty(refused.Status.Detail);
    }
}

/// <summary>A service that keeps what was in LOG_DIR.</summary>
public sealed class KeepingIngest : RunningIngest
{
    protected override string[] Variables => ["CLEAR_LOGS=0"];
}
