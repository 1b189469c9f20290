using NNTileLogger.Proxy.Access;
using NNTileLogger.Proxy.Files;
using Xunit;

namespace NNTileLogger.Proxy.Tests.Access;

public sealed class TokenFileTests
{
    private const string Token = "0123456789abcdef0123456789abcdef";

    [Fact]
    public void Verify_EachLine_IsAToken()
    {
        var file = Make($"# old and new\n{Token}\r\n\n{Token}-new==\n");

        Assert.True(file.Verify(Token));
        Assert.True(file.Verify(Token + "-new=="));
        Assert.False(file.Verify(Token + "-"));
        Assert.False(file.Verify(""));
        Assert.False(file.Verify("# old and new"));
    }

    [Theory]
    [InlineData("", "there is no token in it")]
    [InlineData("SECRET", "line 1 is not a token of 16 or more")]
    [InlineData("SECRETSECRET SECRET", "line 1 is not a token of 16 or more")]
    public void Make_FileThatCannotBeUsed_SaysWhichLineWithoutIt(string text, string reason)
    {
        var refused = Assert.Throws<FileProblemException>(() => Make(text));

        Assert.Contains(reason, refused.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("SECRET", refused.ToString(), StringComparison.Ordinal);
    }

    private static TokenFile Make(string text) => TokenFile.Make(new SourceFile("PROXY_TOKEN_FILE", "token", text));
}
