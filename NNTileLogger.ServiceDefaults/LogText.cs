using System.Text;

namespace NNTileLogger.ServiceDefaults;

/// <summary>Makes text that strangers chose fit for a log line: no control character reaches the terminal.</summary>
public static class LogText
{
    private const int Longest = 500;

    /// <summary>Writes control characters as escapes and cuts what is too long.</summary>
    /// <param name="text">Text of unknown make.</param>
    /// <returns>Text that stays on its line.</returns>
    public static string Escape(string text)
    {
        if (text.Length <= Longest && !text.Any(IsUnsafe))
        {
            return text;
        }

        var escaped = new StringBuilder();
        foreach (var c in text.AsSpan(0, Math.Min(text.Length, Longest)))
        {
            _ = IsUnsafe(c) ? escaped.Append($"\\u{(int)c:x4}") : escaped.Append(c);
        }

        return text.Length > Longest ? escaped.Append('…').ToString() : escaped.ToString();
    }

    // Besides control characters: those that reorder or break lines.
    private static bool IsUnsafe(char c) =>
        char.IsControl(c) || c is '\u2028' or '\u2029' or (>= '\u202a' and <= '\u202e') or (>= '\u2066' and <= '\u2069');
}
