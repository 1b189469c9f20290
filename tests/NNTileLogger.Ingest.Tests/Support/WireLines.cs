using System.Globalization;
using System.Text;
using CsCheck;

namespace NNTileLogger.Ingest.Tests.Support;

/// <summary>
/// Generates lines by the structure of a message: valid, odd and broken ones. Inside, a line is text in which each character
/// stands for one byte (Latin-1), so that broken UTF-8 can be made like everything else.
/// </summary>
internal static class WireLines
{
    private static readonly Gen<string> _space = Gen.Frequency<string>(
        (12, Gen.Const("")),
        (3, Gen.OneOf<string>(" ", "  ", "\t", "\r", " \t\r ")));

    private static readonly Gen<string> _digits = Gen.OneOf<string>(
        Gen.Int[0, 9].Select(Text),
        Gen.Int[0, 1_000_000].Select(Text),
        Gen.Char['0', '9'].Array[1, 40].Select(chars => new string(chars)));

    private static readonly Gen<string> _numberText = Gen.Frequency<string>(
        (4, Gen.Int[-1000, 1000].Select(Text)),
        (6, Gen.Double.Select(value => value.ToString("R", CultureInfo.InvariantCulture))),
        (3, Gen.Float.Select(value => value.ToString("R", CultureInfo.InvariantCulture))),
        (3, Gen.Double.Unit.Select(value => value.ToString("F" + 17, CultureInfo.InvariantCulture))),
        (3, Gen.ULong.Select(value => value.ToString(CultureInfo.InvariantCulture))),
        (4, Gen.Select(Gen.OneOf<string>("", "-"), Gen.OneOf<string>(Gen.Const("0"), _digits.Select(digits => "1" + digits)), _digits, Exponent(), Join)),
        (2, Gen.OneOf<string>("0", "-0", "0.0", "-0.0", "0e5", "1e400", "-1e400", "1e-400", "1E+2", "1e+02", "5e-324", "3.4028235677973366e38",
            "1.4e-45", "7e-46", "16777217", "16777219", "0.1", "18446744073709551615", "18446744073709551616", "9007199254740993")),
        (2, Words()));

    private static readonly Gen<string> _brokenNumber = Gen.OneOf<string>(
        "+1", "01", "-01", "1.", ".5", "-", "--1", "1e", "1e+", "1.e5", "0x10", "1_0", "1,0", "nanx", "+inf", "in", "infin", "-null", "NULL", "True",
        "nan(ind)", "- 1", "-\t1", "- nan", "1 2", "1d", "1f", "Na", "n", "-i");

    private static readonly Gen<string> _plainName = Gen.OneOf<string>(
        "CPU 0", "CPU 1", "CUDA 0.0 (NVIDIA H100 80GB HBM3 79.1 GiB 00:00.0)", "NUMA 0", "Train loss", "Validation/accuracy", "a", "a->b", "b",
        "\u041e\u0431\u0443\u0447\u0435\u043d\u0438\u0435", "\u640d\u5931", "\U0001F600", "session.json", "name", " ", "..", "100%");

    private static readonly Gen<string> _namePiece = Gen.Frequency<string>(
        (20, _plainName.Select(Bytes)),
        (3, Gen.OneOf<string>("\\\"", "\\\\", "\\/", "\\b", "\\f", "\\n", "\\r", "\\t", "\\u0041", "\\u00e9", "\\u20AC", "\\u0000", "\\u001f")),
        (2, Gen.OneOf<string>("\\ud83d\\ude00", "\\uD83D", "\\ude00", "\\ud83d\\u0041", "\\ud83dx", "\\ude00\\ud83d", "\\ud83d\\ud83d\\ude00")),
        (2, Gen.OneOf<string>("\u00ff", "\u00c3", "\u00e2\u0082", "\u0080", "\u00ed\u00a0\u0080", "\u00f0\u009f\u0098", "\u00c0\u00af", "\u00f4\u0090\u0080\u0080")),
        (1, Gen.OneOf<string>("\\u12", "\\u12b\u0000", "\\u 12b", "\\u+12b", "\\x41", "\\u00g0", "\t", "\u0000", "\u001f", "\\U0041", "\\'")));

    private static readonly Gen<string> _name = Gen.Frequency<string>(
        (12, _plainName.Select(name => Quoted(Bytes(name)))),
        (6, _namePiece.Array[0, 4].Select(pieces => Quoted(string.Concat(pieces)))),
        (1, Gen.OneOf<string>("\"\"", "null", "3", "true", "[]", "{}")));

    private static readonly Gen<string> _number = Gen.Frequency<string>(
        (30, _numberText),
        (3, Gen.Const("null")),
        (3, _numberText.Select(Quoted)),
        (1, _brokenNumber.Select(Quoted)),
        (1, Gen.OneOf<string>("true", "false", "[]", "{}", "[1]", "\"\"", "\"abc\"", "\" 1\"", "\"1 \"", "\"\\u0031\"", "\"null\"", "\"true\"")));

    private static readonly Gen<string> _any = Gen.Frequency<string>(
        (8, _number),
        (5, _name),
        (4, Gen.OneOf<string>("[]", "{}", "[1,[2,{\"a\":[]}]]", "{\"a\":{\"b\":[null,true]},\"a\":1}")),
        (1, _brokenNumber),
        (1, Gen.OneOf<string>("[1,]", "[,1]", "{,}", "{\"a\"}", "{\"a\":}", "{a:1}", "[1 2]")),
        (2, Gen.Int[1, 80].Select(depth => new string('[', depth) + new string(']', depth))),
        (1, Gen.Int[1, 80].Select(depth => string.Concat(Enumerable.Repeat("{\"a\":", depth)) + "1" + new string('}', depth))));

    private static readonly Gen<string> _values = Gen.Frequency<string>(
        (40, List(_number, 0, 6)),
        (1, List(_numberText, 20, 300)),
        (4, List(_any, 0, 4)),
        (2, _any),
        (2, Gen.OneOf<string>("null", "3", "\"1.5\"", "[[1]]")));

    private static readonly Gen<string> _element = Gen.Frequency<string>(
        (10, Object(("name", _name), ("values", _values))),
        (8, Object(("name", _name), ("flops", _number), ("total_time", _number))),
        (8, Object(("src_name", _name), ("dst_name", _name), ("transferred_bytes", _number), ("total_bus_time", _number))),
        (6, Object(("name", _name), ("size", _number))),
        (1, _any));

    private static readonly Gen<string> _elements = Gen.Frequency<string>(
        (40, List(_element, 0, 4)), (1, List(_element, 20, 80)), (2, Gen.Const("null")), (2, _any));

    private static readonly Gen<string> _message = Object(
        ("workers", _elements), ("buses", _elements), ("memory_nodes", _elements), ("scalars", _elements));

    /// <summary>One line without its newline.</summary>
    public static readonly Gen<byte[]> Line = Gen.Frequency<string>(
        (20, _message),
        (1, _any),
        (1, Gen.Select(_message, _message, (a, b) => a + b)),
        (1, Gen.Select(_message, Gen.OneOf<string>("x", ",", "}", "\u0000", " {}", "//", "\u00ef\u00bb\u00bf"), (a, b) => a + b)),
        (1, Gen.Select(_message, Gen.OneOf<string>("x", ",", "{", "\u0000", "\u00ef\u00bb\u00bf"), (a, b) => b + a)),
        (1, _space)).Select(line => Encoding.Latin1.GetBytes(line));

    /// <summary>A line, at times cut short, with a bit flipped, or with a piece of it twice.</summary>
    public static readonly Gen<byte[]> DamagedLine = Gen.Select(Line, Gen.Int[1, 9], Gen.Double.Unit, Gen.Double.Unit, Damage)
        .Where(line => !line.Contains((byte)'\n'));

    private static Gen<string> Words() => Gen.OneOf<string>(
        "nan", "-nan", "inf", "-inf", "NaN", "-NaN", "NAN", "Inf", "-INF", "Infinity", "-Infinity", "INFINITY", "-infinity", "iNfInItY");

    private static Gen<string> Exponent() => Gen.Select(Gen.OneOf<string>("e", "E", "e+", "e-", "E-"), Gen.Int[0, 400], (e, digits) => e + Text(digits));

    private static string Join(string sign, string whole, string fraction, string exponent) =>
        (fraction.Length & 1, exponent.Length & 1) switch
        {
            (0, 0) => sign + whole,
            (1, 0) => $"{sign}{whole}.{fraction}",
            (0, 1) => sign + whole + exponent,
            _ => $"{sign}{whole}.{fraction}{exponent}",
        };

    // Members in any order, some left out, some twice, some unknown, some with escapes in their names.
    private static Gen<string> Object(params (string Key, Gen<string> Value)[] members)
    {
        var member = Gen.Frequency<string>(
            [.. members.Select(m => (8, Gen.Select(Key(m.Key), m.Value, _space, _space, (key, value, a, b) => $"{a}{key}{b}:{a}{value}{b}"))),
             (2, Gen.Select(Gen.OneOf<string>("\"x\"", "\"Name\"", "\"names\"", "\"nam\"", "\"\"", "\"\\u00\"", "\"\u00ff\"", "\"valu\\\"es\""), _any, (key, value) => $"{key}:{value}"))]);
        var inOrder = members
            .Select(m => Gen.Select(Key(m.Key), m.Value, _space, (key, value, space) => $"{key}:{space}{value}{space}"))
            .Aggregate((all, next) => Gen.Select(all, next, (a, b) => $"{a},{b}"))
            .Select(all => $"{{{all}}}");
        var anyOrder = Gen.Select(member.Array[0, members.Length + 2], _space, (all, space) => $"{{{string.Join(',', all)}{space}}}");
        return Gen.Frequency<string>((6, inOrder), (4, anyOrder));
    }

    private static Gen<string> Key(string key) => Gen.Frequency<string>(
        (20, Gen.Const(Quoted(key))),
        (1, Gen.Int[0, key.Length - 1].Select(at => Quoted($"{key[..at]}\\u{(int)key[at]:x4}{key[(at + 1)..]}"))));

    private static Gen<string> List(Gen<string> item, int least, int most) =>
        Gen.Select(Gen.Select(item, _space, (text, space) => space + text + space).Array[least, most], _space,
            (items, space) => $"[{space}{string.Join(',', items)}]");

    private static byte[] Damage(byte[] line, int kind, double where, double how)
    {
        var at = (int)(where * line.Length);
        if (line.Length == 0 || kind > 3)
        {
            return line;
        }

        switch (kind)
        {
            case 1:
                return line[..at];
            case 2:
                var flipped = (byte[])line.Clone();
                flipped[at] ^= (byte)(1 << (int)(how * 8));
                return flipped;
            default:
                var end = at + (int)(how * (line.Length - at));
                return [.. line[..end], .. line[at..]];
        }
    }

    private static string Quoted(string text) => $"\"{text}\"";

    private static string Bytes(string text) => Encoding.Latin1.GetString(Encoding.UTF8.GetBytes(text));

    private static string Text(int value) => value.ToString(CultureInfo.InvariantCulture);
}
