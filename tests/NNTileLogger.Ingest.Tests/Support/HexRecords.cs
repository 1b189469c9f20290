namespace NNTileLogger.Ingest.Tests.Support;

/// <summary>Golden records of real writers: hex text beside the test assembly, one whole TFRecord a line, provenance in lines that begin with #.</summary>
internal static class HexRecords
{
    public static IReadOnlyList<byte[]> Load(string name) =>
        [.. File.ReadLines(Path.Combine(AppContext.BaseDirectory, "Golden", name))
            .Where(line => line.Length > 0 && line[0] != '#')
            .Select(Convert.FromHexString)];
}
