using System.Diagnostics;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using NNTileLogger.Proxy.Tests.Support;
using Xunit;

namespace NNTileLogger.Proxy.Tests.Outside;

/// <summary>Passwords and tokens as browsers and scripts send them.</summary>
public sealed class AccessTests : IAsyncLifetime
{
    private const string Token = "0123456789abcdef0123456789abcdef";
    private static readonly string _anna = "anna:" + BCrypt.Net.BCrypt.HashPassword("geheim", 4);
    private static readonly string _bert = "bert:" + BCrypt.Net.BCrypt.HashPassword("пароль", 4);

    private readonly TempFolder _folder = new();
    private TestBackend _backend = null!;
    private RunningProxy _proxy = null!;

    public async ValueTask InitializeAsync()
    {
        _backend = await TestBackend.StartAsync();
        _proxy = await StartAsync(_anna, Token);
    }

    public async ValueTask DisposeAsync()
    {
        await _proxy.DisposeAsync();
        await _backend.DisposeAsync();
    }

    [Theory]
    [InlineData("/")]
    [InlineData("/live/api/sessions")]
    [InlineData("/Health/../data/runs")]
    public async Task Request_WithoutCredentials_IsAskedForThemAtOnce(string path)
    {
        using var client = _proxy.Client();

        using var answer = await client.GetAsync(path, Cancellation);

        Assert.Equal(HttpStatusCode.Unauthorized, answer.StatusCode);
        Assert.Equal(["Basic", "Bearer"], answer.Headers.WwwAuthenticate.Select(challenge => challenge.Scheme));
        Assert.Contains("PROXY_AUTH_FILE", await answer.Content.ReadAsStringAsync(Cancellation), StringComparison.Ordinal);
        Assert.Empty(_backend.Requests);
    }

    [Theory]
    [InlineData("/health")]
    [InlineData("/alive")]
    public async Task Probe_WithoutCredentials_Passes(string path)
    {
        using var client = _proxy.Client();

        using var answer = await client.GetAsync(path, Cancellation);

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
    }

    [Fact]
    public async Task Request_RightPassword_PassesWithoutIt()
    {
        using var client = _proxy.Client();

        Assert.Equal(HttpStatusCode.OK, await StatusAsync(client, Basic("anna", "geheim")));
        Assert.False(_backend.Requests.Last().ContainsKey("Authorization"), "the backend is told the password");
    }

    [Fact]
    public async Task Request_RightToken_Passes()
    {
        using var client = _proxy.Client();

        Assert.Equal(HttpStatusCode.OK, await StatusAsync(client, new AuthenticationHeaderValue("bearer", Token)));
    }

    [Theory]
    [InlineData("Basic", "not base64!")]
    [InlineData("Basic", "bm9jb2xvbg==")]
    [InlineData("Basic", "/////w==")]
    [InlineData("Digest", "username=anna")]
    public async Task Request_CredentialsThatAreNone_IsAskedForThem(string scheme, string parameter)
    {
        using var client = _proxy.Client();

        Assert.Equal(HttpStatusCode.Unauthorized, await StatusAsync(client, new AuthenticationHeaderValue(scheme, parameter)));
    }

    [Fact]
    public async Task Failures_OfAnAddress_AreKeptBackWhileItsRightOnesAreNot()
    {
        using var client = _proxy.Client();
        for (var failure = 0; failure < 6; failure++)
        {
            await FailAsync(client, Basic("anna", "wrong" + failure));
        }

        var kept = StatusAsync(client, Basic("anna", "wrong again"));
        var keptToken = StatusAsync(client, new AuthenticationHeaderValue("Bearer", "wrong"));

        // The proxy's clock stands still: nothing that waits for it is answered.
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(client, Basic("anna", "geheim")).WithinAsync("the right password"));
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(client, new AuthenticationHeaderValue("Bearer", Token)).WithinAsync("the right token"));
        Assert.False(kept.IsCompleted || keptToken.IsCompleted, "a failure was answered at once");
        await _proxy.PassUntilAsync(() => Task.FromResult(kept.IsCompleted && keptToken.IsCompleted), "the answers to failures");
        Assert.Equal(HttpStatusCode.Unauthorized, await kept);
        Assert.Equal(HttpStatusCode.Unauthorized, await keptToken);
    }

    [Fact]
    public async Task Page_OfAHundredRequests_CostsOneBcrypt()
    {
        var cost = new Stopwatch();
        var slow = "carl:" + BCrypt.Net.BCrypt.HashPassword("slow", 12);
        await using var proxy = await StartAsync(slow, Token);
        using var client = proxy.Client();
        cost.Start();
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(client, Basic("carl", "slow")));
        var first = cost.Elapsed;

        cost.Restart();
        var page = await Task.WhenAll(Enumerable.Range(0, 100).Select(_ => StatusAsync(client, Basic("carl", "slow"))));

        Assert.All(page, status => Assert.Equal(HttpStatusCode.OK, status));
        Assert.True(cost.Elapsed < first * 20, $"the first request took {first.TotalMilliseconds} ms, a hundred more {cost.Elapsed.TotalMilliseconds} ms");
    }

    [Fact]
    public async Task PasswordFile_Changed_HoldsWithinSeconds()
    {
        using var client = _proxy.Client();
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(client, Basic("anna", "geheim")));

        _folder.Write("users", _bert + "\n");
        await PassUntilLetInAsync(client, Basic("bert", "пароль"));

        await FailAsync(client, Basic("anna", "geheim"));
    }

    [Fact]
    public async Task PasswordFile_Damaged_KeepsTheUsersItHad()
    {
        using var client = _proxy.Client();

        _folder.Write("users", "anna:plain-text-secret\n");
        await _proxy.PassUntilAsync(() => Task.FromResult(_proxy.Warnings.Count == 1), "the warning");

        Assert.Equal(HttpStatusCode.OK, await StatusAsync(client, Basic("anna", "geheim")));
        Assert.Contains("line 1, user anna: the hash is not bcrypt's", _proxy.Warnings[0], StringComparison.Ordinal);
        Assert.DoesNotContain("plain-text-secret", _proxy.Warnings[0], StringComparison.Ordinal);
    }

    [Fact]
    public async Task TokenFile_Changed_HoldsWithinSeconds()
    {
        using var client = _proxy.Client();
        const string Next = "fedcba9876543210fedcba9876543210";

        _folder.Write("token", Next + "\n");
        await PassUntilLetInAsync(client, new AuthenticationHeaderValue("Bearer", Next));

        await FailAsync(client, new AuthenticationHeaderValue("Bearer", Token));
    }

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private Task<RunningProxy> StartAsync(string users, string token) => RunningProxy.StartAsync(_backend, options => options with
    {
        PasswordFile = _folder.Write("users", users + "\n"),
        TokenFile = _folder.Write("token", token + "\n"),
    });

    // A failure's answer waits for the clock, which only goes on between the questions: so it is not waited for.
    private Task<int> PassUntilLetInAsync(HttpClient client, AuthenticationHeaderValue credentials)
    {
        Task<HttpStatusCode>? asked = null;
        return _proxy.PassUntilAsync(
            async () =>
            {
                asked ??= StatusAsync(client, credentials);
                if (!asked.IsCompleted)
                {
                    return false;
                }

                var status = await asked;
                asked = null;
                return status == HttpStatusCode.OK;
            },
            "the new credentials");
    }

    // A wrong one is answered only after a while of the proxy's clock.
    private async Task FailAsync(HttpClient client, AuthenticationHeaderValue credentials)
    {
        var status = StatusAsync(client, credentials);
        await _proxy.PassUntilAsync(() => Task.FromResult(status.IsCompleted), "the answer to wrong credentials");
        Assert.Equal(HttpStatusCode.Unauthorized, await status);
    }

    private static async Task<HttpStatusCode> StatusAsync(HttpClient client, AuthenticationHeaderValue credentials)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/") { Version = client.DefaultRequestVersion };
        request.Headers.Authorization = credentials;
        using var answer = await client.SendAsync(request, Cancellation);
        return answer.StatusCode;
    }

    private static AuthenticationHeaderValue Basic(string user, string password) =>
        new("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"{user}:{password}")));
}
