using System.Buffers.Text;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace NNTileLogger.Ingest.DataProvider;

/// <summary>Names one blob in a way that fits into an address; it stays good when the files are read anew.</summary>
/// <param name="Run">The run.</param>
/// <param name="Tag">The tag.</param>
/// <param name="Step">The step.</param>
/// <param name="Index">Which blob of that step.</param>
internal sealed record BlobKey(string Run, string Tag, long Step, int Index)
{
    /// <summary>Reads a key.</summary>
    /// <returns>Null where the text is none.</returns>
    public static BlobKey? Parse(string text)
    {
        try
        {
            var key = JsonSerializer.Deserialize(Base64Url.DecodeFromChars(text), BlobKeyJson.Default.BlobKey);
            return key is { Run: not null, Tag: not null } ? key : null;
        }
        catch (Exception e) when (e is FormatException or JsonException)
        {
            return null;
        }
    }

    /// <summary>The key as a text.</summary>
    public override string ToString() => Base64Url.EncodeToString(JsonSerializer.SerializeToUtf8Bytes(this, BlobKeyJson.Default.BlobKey));
}

/// <summary>JSON of keys, generated so that nothing is found by reflection.</summary>
[JsonSerializable(typeof(BlobKey))]
internal sealed partial class BlobKeyJson : JsonSerializerContext;
