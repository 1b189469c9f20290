using System.Buffers.Binary;
using Google.Protobuf;
using NNTileLogger.Ingest.DataProvider.Protos;
using NNTileLogger.Ingest.History;

namespace NNTileLogger.Ingest.DataProvider;

/// <summary>Makes messages of what the history has. Pure functions.</summary>
internal static class Messages
{
    private const int ValuesOfBucket = 3;

    private static readonly SummaryMetadata _scalar = MetadataOf(SeriesInfo.Scalar.Plugin, [], SeriesClass.Scalar);

    // What TensorBoard's own reader gives for a value that only says something about its series.
    private static readonly TensorProto _nothing = new()
    {
        Dtype = DataType.DtFloat,
        TensorShape = new TensorShapeProto { Dim = { new TensorShapeProto.Types.Dim() } },
    };

    /// <summary>What a series is.</summary>
    public static SummaryMetadata MetadataOf(SeriesInfo info)
    {
        if (ReferenceEquals(info, SeriesInfo.Scalar))
        {
            return _scalar;
        }

        if (info.Message.Length == 0)
        {
            return MetadataOf(info.Plugin, info.Content, info.Class);
        }

        try
        {
            var metadata = SummaryMetadata.Parser.ParseFrom(info.Message);
            metadata.DataClass = (DataClass)info.Class;
            return metadata;
        }
        catch (InvalidProtocolBufferException)
        {
            // Its plugin could be told, but not all of it is well formed.
            return MetadataOf(info.Plugin, [], info.Class);
        }
    }

    /// <summary>The tensor of a note.</summary>
    public static TensorProto TensorOf(Note note) => note.Text is { } text
        ? new TensorProto { Dtype = DataType.DtString, TensorShape = new TensorShapeProto(), StringVal = { ByteString.CopyFrom(text) } }
        : _nothing;

    /// <summary>The tensor of a value; null where it is no tensor after all.</summary>
    public static TensorProto? TensorOf(in ValueView value)
    {
        try
        {
            return value.Kind switch
            {
                PayloadKind.Tensor => TensorProto.Parser.ParseFrom(value.Payload),
                PayloadKind.Histogram => OldHistogram(value.Payload),
                PayloadKind.None => _nothing,
                _ => null,
            };
        }
        catch (InvalidProtocolBufferException)
        {
            return null;
        }
    }

    private static SummaryMetadata MetadataOf(string plugin, byte[] content, SeriesClass kind) => new()
    {
        PluginData = new SummaryMetadata.Types.PluginData { PluginName = plugin, Content = ByteString.CopyFrom(content) },
        DataClass = (DataClass)kind,
    };

    // Of TensorFlow 1: buckets by their right edges. As TensorBoard's own readers turn them into rows of left edge, right
    // edge and count: the outermost edges are the lowest and highest value, also where those buckets are empty.
    private static TensorProto OldHistogram(ReadOnlySpan<byte> message)
    {
        const int Lowest = 1, Highest = 2, Limits = 6, Buckets = 7;
        var (lowest, highest) = (0.0, 0.0);
        var limits = new List<double>();
        var buckets = new List<double>();
        var reader = new ProtoReader(message);
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case Lowest:
                    lowest = reader.Double;
                    break;
                case Highest:
                    highest = reader.Double;
                    break;
                case Limits:
                    AddDoubles(reader, limits);
                    break;
                case Buckets:
                    AddDoubles(reader, buckets);
                    break;
                default:
                    break;
            }
        }

        var rows = new byte[buckets.Count * ValuesOfBucket * sizeof(double)];
        for (var at = 0; at < buckets.Count; at++)
        {
            var row = rows.AsSpan(at * ValuesOfBucket * sizeof(double));
            BinaryPrimitives.WriteDoubleLittleEndian(row, at == 0 ? lowest : limits[at - 1]);
            BinaryPrimitives.WriteDoubleLittleEndian(row[sizeof(double)..], at == buckets.Count - 1 ? highest : limits[at]);
            BinaryPrimitives.WriteDoubleLittleEndian(row[(2 * sizeof(double))..], buckets[at]);
        }

        return new TensorProto
        {
            Dtype = DataType.DtDouble,
            TensorShape = new TensorShapeProto
            {
                Dim =
                {
                    new TensorShapeProto.Types.Dim { Size = buckets.Count },
                    new TensorShapeProto.Types.Dim { Size = ValuesOfBucket },
                },
            },
            TensorContent = ByteString.CopyFrom(rows),
        };
    }

    private static void AddDoubles(in ProtoReader reader, List<double> into)
    {
        if (reader.Kind != WireKind.Bytes)
        {
            into.Add(reader.Double);
            return;
        }

        for (var rest = reader.Bytes; rest.Length >= sizeof(double); rest = rest[sizeof(double)..])
        {
            into.Add(BinaryPrimitives.ReadDoubleLittleEndian(rest));
        }
    }
}
