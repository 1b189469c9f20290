using System.Buffers;
using System.Text;

namespace NNTileLogger.Ingest.EventFiles;

/// <summary>
/// Names as text: what is no UTF-8 in them becomes U+FFFD, an unpaired surrogate (three bytes here, see JsonText) one
/// of them. Pure functions.
/// </summary>
internal static class NameText
{
    /// <summary>Stands for what cannot be text.</summary>
    public const char Replacement = '\uFFFD';

    private const byte SurrogateLead = 0xED;

    public static string Decode(ReadOnlySpan<byte> name)
    {
        if (System.Text.Unicode.Utf8.IsValid(name))
        {
            return Encoding.UTF8.GetString(name);
        }

        var text = new StringBuilder(name.Length);
        while (!name.IsEmpty)
        {
            if (name is [SurrogateLead, >= 0xA0 and <= 0xBF, >= 0x80 and <= 0xBF, ..])
            {
                text.Append(Replacement);
                name = name[3..];
            }
            else if (Rune.DecodeFromUtf8(name, out var rune, out var length) == OperationStatus.Done)
            {
                text.Append(rune);
                name = name[length..];
            }
            else
            {
                text.Append(Replacement);
                name = name[length..];
            }
        }

        return text.ToString();
    }

    /// <summary>The bytes of <see cref="Decode"/>: the same where they are UTF-8 already.</summary>
    public static ReadOnlySpan<byte> ToUtf8(ReadOnlySpan<byte> name) =>
        System.Text.Unicode.Utf8.IsValid(name) ? name : Encoding.UTF8.GetBytes(Decode(name));
}
