using System.Buffers.Binary;
using System.Text;

namespace NNTileLogger.Ingest.Tests.Support;

/// <summary>
/// One TensorBoard event, taken apart by a minimal walk over its protobuf fields; independent of generated code.
/// Fields: wall_time 1 (double), step 2 (varint), file_version 3, summary 5, source_metadata 10; a summary's values 1: tag 1, simple_value 2.
/// </summary>
internal sealed record EventRecord(double WallTime, long Step, string? FileVersion, string? Writer, IReadOnlyList<SummaryValue> Values)
{
    private static readonly UTF8Encoding _strictUtf8 = new(false, throwOnInvalidBytes: true);

    public static EventRecord Parse(ReadOnlySpan<byte> data)
    {
        var wallTime = 0.0;
        var step = 0L;
        string? fileVersion = null;
        string? writer = null;
        var values = new List<SummaryValue>();
        var fields = new ProtoFields(data);
        while (fields.Next())
        {
            switch (fields.Number)
            {
                case 1:
                    wallTime = BinaryPrimitives.ReadDoubleLittleEndian(fields.Payload(ProtoFields.Fixed64));
                    break;
                case 2:
                    step = (long)fields.Varint;
                    break;
                case 3:
                    fileVersion = _strictUtf8.GetString(fields.Payload(ProtoFields.Bytes));
                    break;
                case 5:
                    ParseSummary(fields.Payload(ProtoFields.Bytes), values);
                    break;
                case 10:
                    writer = ParseWriter(fields.Payload(ProtoFields.Bytes));
                    break;
            }
        }

        return new EventRecord(wallTime, step, fileVersion, writer, values);
    }

    private static void ParseSummary(ReadOnlySpan<byte> data, List<SummaryValue> values)
    {
        var fields = new ProtoFields(data);
        while (fields.Next())
        {
            if (fields.Number == 1)
            {
                values.Add(ParseValue(fields.Payload(ProtoFields.Bytes)));
            }
        }
    }

    private static SummaryValue ParseValue(ReadOnlySpan<byte> data)
    {
        var tag = "";
        float? simpleValue = null;
        var fields = new ProtoFields(data);
        while (fields.Next())
        {
            if (fields.Number == 1)
            {
                tag = _strictUtf8.GetString(fields.Payload(ProtoFields.Bytes));
            }
            else if (fields.Number == 2)
            {
                simpleValue = BinaryPrimitives.ReadSingleLittleEndian(fields.Payload(ProtoFields.Fixed32));
            }
        }

        return new SummaryValue(tag, simpleValue);
    }

    private static string? ParseWriter(ReadOnlySpan<byte> data)
    {
        var fields = new ProtoFields(data);
        while (fields.Next())
        {
            if (fields.Number == 1)
            {
                return _strictUtf8.GetString(fields.Payload(ProtoFields.Bytes));
            }
        }

        return null;
    }
}

/// <summary>One value of a summary: its tag, and its number where it is a <c>simple_value</c>.</summary>
internal sealed record SummaryValue(string Tag, float? SimpleValue);
