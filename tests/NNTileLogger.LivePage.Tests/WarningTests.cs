using System.Text.RegularExpressions;
using NNTileLogger.Ingest.Tests.Support;
using NNTileLogger.LivePage.Tests.Support;
using Xunit;
using static Microsoft.Playwright.Assertions;

namespace NNTileLogger.LivePage.Tests;

/// <summary>What is wrong, in words: which worker is slow among its like, and many warnings at once.</summary>
public sealed class WarningTests(Browser browser) : ServedPage(browser)
{
    private const string Large = "NVIDIA H100 80GB HBM3", Small = "NVIDIA L40S";
    private const int Messages = 12;

    [Fact]
    public async Task Worker_FarBelowItsLike_IsNamed()
    {
        var page = await OpenWithWorkersAsync(("CUDA 0", 40), ("CUDA 1", 41), ("CUDA 2", 4));
        await Expect(page.Locator("#warnings")).ToContainTextAsync("CUDA 2 is slow: 4.00 TFlop/s over");
        await Expect(page.Locator("#warnings")).ToContainTextAsync("the other GPUs do 40.0 TFlop/s.");
    }

    [Fact]
    public async Task Worker_OfASlowerModel_IsNotComparedWithAFasterOne()
    {
        // The last worker is there so that a warning comes, and no other one does.
        var page = await OpenWithWorkersAsync(
            (Gpu(0, Large), 40), (Gpu(1, Large), 41), (Gpu(2, Large), 42), (Gpu(3, Small), 9), (Gpu(4, Small), 10), (Gpu(5, Small), 9.5), (Gpu(6, Small), 2),
            ("OpenCL 0 (NVIDIA L40S 45.0 GiB)", 1), ("CPU 0", 0.01), ("CPU 1", 0.01), ("CPU 2", 0.011));
        await Expect(page.Locator(".warning")).ToHaveTextAsync(new Regex(@"CUDA 6\.0 is slow: 2,?000 GFlop/s over \d+ s, the other NVIDIA L40S do (9,?[05]00 GFlop/s|9\.[05]0? TFlop/s)\.$"));
        await Expect(page.Locator(".workers tr.slow th")).ToContainTextAsync("CUDA 6.0");
    }

    [Theory]
    [InlineData("CPU 0", "")]
    [InlineData("CUDA 0", "")]
    [InlineData("CUDA 0.0 (NVIDIA H100 80GB HBM3 79.1 GiB 01:00.0)", Large)]
    [InlineData("CUDA 12.0 (NVIDIA H100 80GB HBM3 79.2 GiB 0000:c1:00.0)", Large)]
    [InlineData("CUDA 0.0 (NVIDIA GeForce RTX 3090 23.7 GiB 01:00.0)", "NVIDIA GeForce RTX 3090")]
    [InlineData("CUDA 0.0 (NVIDIA GeForce RTX 3090)", "NVIDIA GeForce RTX 3090")]
    [InlineData("CUDA 0.0 (NVIDIA RTX PRO 6000 Blackwell Max-Q Workstation Edit", "NVIDIA RTX PRO 6000 Blackwell Max-Q Workstation")]
    [InlineData("CUDA 10.0 (NVIDIA RTX PRO 6000 Blackwell Max-Q Workstation Edi", "NVIDIA RTX PRO 6000 Blackwell Max-Q Workstation")]
    [InlineData("OpenCL 0 (pthread-skylake-avx512-Intel(R) Xeon(R) Processor 4.8", "pthread-skylake-avx512-Intel(R) Xeon(R) Processor")]
    [InlineData("CUDA 0.0 (NVIDIA Grace Hopper Superchip with a long name 94.5 G", "NVIDIA Grace Hopper Superchip with a long name")]
    public async Task Model_IsReadFromTheNamesThatClientsSend(string name, string model)
    {
        var page = await OpenAsync();
        Assert.Equal(model, await page.EvaluateAsync<string>("async name => (await import('/js/format.js')).model(name)", name));
    }

    [Theory]
    [InlineData(1440)]
    [InlineData(390)]
    public async Task HundredsOfCurves_ThatBecameNaN_LeaveRoomForThePage(int width)
    {
        const int curves = 300;
        using var client = await NNTileClient.ConnectAsync(Server.Port);
        Task SendAsync(int count, string value) =>
            client.SendAsync($$"""{"scalars":[{{string.Join(',', Enumerable.Range(0, count).Select(k => $$"""{"name":"layer {{k}}/norm","values":[{{value}}]}"""))}}]}""" + "\n");
        await SendAsync(curves, "1");
        var page = await OpenAsync(width: width);
        await Expect(page.Locator("#scalars article")).ToHaveCountAsync(curves);
        await SendAsync(2, "nan");
        await Expect(AboutCurves(page)).ToHaveCountAsync(2);
        await Expect(AboutCurves(page, "#announcer p")).ToHaveTextAsync([new Regex("^layer 0/norm became NaN at step 2"), new Regex("^layer 1/norm became NaN at step 2")]);

        await SendAsync(curves, "nan");
        await Expect(AboutCurves(page, "#warnings > p.warning")).ToHaveCountAsync(4);
        await Expect(AboutCurves(page, "#warnings > p.warning").First).ToContainTextAsync("layer 0/norm became NaN");
        var more = page.Locator("#warnings summary");
        await Expect(more).ToHaveTextAsync("and 296 more curves that became NaN or infinite");
        await Expect(page.Locator("#announcer")).ToContainTextAsync("and 296 more curves that became NaN or infinite");
        await Expect(page.Locator("#announcer")).ToContainTextAsync("layer 3/norm became NaN");
        Assert.InRange((await page.Locator("#warnings").BoundingBoxAsync())!.Height, 1, 450);
        await Expect(page.Locator("#warnings details .warning")).ToHaveCountAsync(0);

        await more.FocusAsync();
        await page.Keyboard.PressAsync("Enter");
        await Expect(page.Locator("#warnings details .warning")).ToHaveCountAsync(curves - 4);
        await Expect(page.Locator("#warnings details .warning").Last).ToContainTextAsync("layer 299/norm became NaN at step 2");
        Assert.InRange((await page.Locator("#warnings").BoundingBoxAsync())!.Height, 1, 700);
        await IsAccessibleAsync(page, "many warnings");

        // They stay open and in their places while they change, and go one by one.
        await SendAsync(curves, "1");
        await Expect(AboutCurves(page, "#warnings > p.warning").First).ToContainTextAsync("finite again since step");
        await Expect(page.Locator("#warnings details[open] .warning:not(.bad)")).ToHaveCountAsync(curves - 4);
    }

    private static string Gpu(int number, string model) => $"CUDA {number}.0 ({model} {(model == Large ? "79.1" : "44.4")} GiB {number:x2}:00.0)";

    private async Task<Microsoft.Playwright.IPage> OpenWithWorkersAsync(params (string Name, double TFlops)[] workers)
    {
        using var client = await NNTileClient.ConnectAsync(Server.Port);
        var message = $$"""{"workers":[{{string.Join(',', workers.Select(worker => FormattableString.Invariant($$"""{"name":"{{worker.Name}}","total_time":1,"flops":{{worker.TFlops}}e12}""")))}}]}""" + "\n";
        for (var sent = 0; sent < Messages; sent++)
        {
            await client.SendAsync(message);
        }

        await client.EndAsync();
        return await OpenAsync();
    }
}
