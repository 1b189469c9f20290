using System.Text;
using System.Text.RegularExpressions;
using CsCheck;

namespace NNTileLogger.Ingest.Tests.Support;

/// <summary>
/// Generates what one client sends: lines that differ in their numbers, and some that differ in a little more, of one
/// or two shapes in turn.
/// </summary>
internal static partial class WireSeries
{
    private static readonly Gen<string> _number = Gen.OneOf<string>(
        "0", "1", "-1", "12345", "0.25", "1e3", "-1.5E-7", "123456789012345678901234567890", "1e400", "nan", "-inf", "null", "\"2.5\"", "01", "1.",
        "-", "", "true", "[]", "1 ", " 1", "1,2", "3.141592653589793");

    private static readonly Gen<string> _text = WireLines.Line.Select(Encoding.Latin1.GetString);

    /// <summary>Lines without their newlines.</summary>
    public static readonly Gen<byte[][]> Lines = Gen.Select(
        _text.Array[1, 2], _number.Array[1, 6], Gen.Int[0, 99].Array[2, 10], Gen.Double.Unit.Array[2, 10],
        (shapes, numbers, kinds, places) => kinds
            .Zip(places, (kind, place) => Variant(shapes[kind % shapes.Length], numbers, kind, place))
            .Where(line => !line.Contains('\n', StringComparison.Ordinal))
            .Select(Encoding.Latin1.GetBytes)
            .ToArray());

    // Mostly a plain number for each number; at times any of the texts, or a byte changed, left out or added.
    private static string Variant(string shape, string[] numbers, int kind, double place)
    {
        var random = new Random(kind);
        var line = NumberPattern().Replace(
            shape, number => kind % 4 == 0 ? numbers[random.Next(numbers.Length)] : kind % 4 == 1 ? number.Value : $"{random.Next(1_000_000)}.{random.Next(100)}");
        var at = (int)(place * line.Length);
        return kind switch
        {
            _ when line.Length == 0 => line,
            < 5 => line.Remove(at, 1),
            < 10 => line.Insert(at, " "),
            < 15 => string.Concat(line.AsSpan(0, at), "7", line.AsSpan(at + 1)),
            < 20 => line[..at],
            _ => line,
        };
    }

    [GeneratedRegex(@"-?\d+(\.\d+)?([eE][+-]?\d+)?")]
    private static partial Regex NumberPattern();
}
