using System.Diagnostics;
using NNTileLogger.Proxy.Access;
using NNTileLogger.Proxy.Files;
using Xunit;

namespace NNTileLogger.Proxy.Tests.Access;

/// <summary>htpasswd's files: the hashes here were written by Apache's own <c>htpasswd -nbB</c>.</summary>
public sealed class PasswordFileTests
{
    // htpasswd -nbB anna "correct horse"; htpasswd -nbB -C 4 ойва "пароль 🔑".
    private const string Anna = "anna:$2y$05$g4HQeaXmTNunLb2qaDoUfuI.FazlisM6vwMKcSe8jlmtf4B.Wu6l2";
    private const string Cyrillic = "ойва:$2y$04$.17oBToS3BOIw4H.6OkkPOviFItzuOYDqFhRtL.JkrwX5DC5ZmMHq";

    [Fact]
    public void Verify_PasswordOfHtpasswd_IsRight()
    {
        var file = Make($"# people\n\n{Anna}\r\n{Cyrillic}\n");

        Assert.True(file.Verify("anna", "correct horse"));
        Assert.True(file.Verify("ойва", "пароль 🔑"));
    }

    [Theory]
    [InlineData("anna", "correct horse ")]
    [InlineData("anna", "")]
    [InlineData("Anna", "correct horse")]
    [InlineData("nobody", "correct horse")]
    [InlineData("", "")]
    public void Verify_AnythingElse_IsWrong(string user, string password) => Assert.False(Make(Anna).Verify(user, password));

    [Fact]
    public void Verify_VeryLongPassword_IsWrongWithoutAnError() => Assert.False(Make(Anna).Verify("anna", new string('ж', 10_000)));

    [Fact]
    public void Verify_UserWhoDoesNotExist_CostsAsMuch()
    {
        var file = Make("bert:" + BCrypt.Net.BCrypt.HashPassword("x", 10));

        var known = Time(() => file.Verify("bert", "wrong"));
        var unknown = Time(() => file.Verify("nobody", "wrong"));

        Assert.True(unknown > known / 4, $"{unknown.TotalMilliseconds} ms for nobody, {known.TotalMilliseconds} ms for a user");
    }

    [Theory]
    [InlineData("", "there is no user in it")]
    [InlineData("# nobody\n", "there is no user in it")]
    [InlineData("\nanna\n", "line 2 is not a user name, a colon and a hash")]
    [InlineData("carl:$apr1$hBJnGRjc$SECRETSECRETSECRETSEC0", "line 1, user carl: the hash is not bcrypt's")]
    [InlineData("carl:{SHA}SECRETSECRETSECRET=", "line 1, user carl: the hash is not bcrypt's")]
    [InlineData("carl:SECRETplain", "line 1, user carl: the hash is not bcrypt's")]
    [InlineData("carl:$2y$17$SECRETSECRETSECRETSECRETSECRETSECRETSECRETSECRETSECRE", "cost 17 would take seconds")]
    public void Make_FileThatCannotBeUsed_SaysWhichLineWithoutItsHash(string text, string reason)
    {
        var refused = Assert.Throws<FileProblemException>(() => Make(text));

        Assert.Contains(reason, refused.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("SECRET", refused.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Make_OneUserTwice_IsRefused() =>
        Assert.Contains("user anna is there already", Assert.Throws<FileProblemException>(() => Make($"{Anna}\n{Anna}\n")).Message, StringComparison.Ordinal);

    private static TimeSpan Time(Action action)
    {
        var clock = Stopwatch.StartNew();
        action();
        return clock.Elapsed;
    }

    private static PasswordFile Make(string text) => PasswordFile.Make(new SourceFile("PROXY_AUTH_FILE", "users", text));
}
