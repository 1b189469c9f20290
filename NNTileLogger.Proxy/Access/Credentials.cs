using System.Net.Http.Headers;
using System.Text;
using Microsoft.Extensions.Primitives;

namespace NNTileLogger.Proxy.Access;

/// <summary>What a request says about who sends it: a user with a password, or a token. Made per request.</summary>
/// <param name="User">The user; null for a token.</param>
/// <param name="Secret">The password or the token.</param>
internal sealed record Credentials(string? User, string Secret)
{
    private static readonly UTF8Encoding _utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>Reads the header; null where there is none or it is of another kind.</summary>
    public static Credentials? Read(StringValues authorization)
    {
        if (authorization.Count != 1
            || !AuthenticationHeaderValue.TryParse(authorization[0], out var header)
            || header.Parameter is not { Length: > 0 } parameter)
        {
            return null;
        }

        if (header.Scheme.Equals("Bearer", StringComparison.OrdinalIgnoreCase))
        {
            return new Credentials(null, parameter);
        }

        return header.Scheme.Equals("Basic", StringComparison.OrdinalIgnoreCase) ? ReadBasic(parameter) : null;
    }

    /// <summary>A secret must not get into a log by way of the record's text.</summary>
    public override string ToString() => User ?? "a token";

    private static Credentials? ReadBasic(string parameter)
    {
        try
        {
            var text = _utf8.GetString(Convert.FromBase64String(parameter));
            var colon = text.IndexOf(':', StringComparison.Ordinal);
            // bcrypt's reference ends a password at NUL; nothing a person types has one.
            return colon < 0 || text.Contains('\0', StringComparison.Ordinal)
                ? null
                : new Credentials(text[..colon], text[(colon + 1)..]);
        }
        catch (Exception e) when (e is FormatException or ArgumentException)
        {
            return null;
        }
    }
}
