using System.Globalization;
using System.Text;

namespace NNTileLogger.Ingest.History;

/// <summary>What a value is as a tensor or as blobs; the same rules as <see cref="SeriesInfo"/>'s. Pure functions.</summary>
internal static class Payload
{
    private const int ImageHeight = 1;
    private const int ImageWidth = 2;
    private const int EncodedImage = 4;
    private const int EncodedAudio = 4;
    private const int BucketLimits = 6;
    private const int Buckets = 7;

    /// <summary>Tells whether a value is what its series shows.</summary>
    /// <param name="info">The series.</param>
    /// <param name="value">The value.</param>
    /// <param name="blobs">How many blobs it holds.</param>
    public static bool TryCount(SeriesInfo info, in ValueView value, out int blobs)
    {
        blobs = 0;
        if (info.Class == SeriesClass.Tensor)
        {
            return value.Kind switch
            {
                PayloadKind.Tensor => TensorView.TryRead(value.Payload, out _),
                PayloadKind.Histogram => IsHistogram(value.Payload),
                // What says something about its series alone counts as an empty tensor.
                PayloadKind.None => true,
                _ => false,
            };
        }

        blobs = value.Kind switch
        {
            PayloadKind.Blob or PayloadKind.Audio => 1,
            PayloadKind.Image => 3,
            PayloadKind.Tensor when TensorView.TryRead(value.Payload, out var tensor) && tensor.IsText => CountOf(info, tensor),
            _ => -1,
        };
        return blobs >= 0;
    }

    /// <summary>Gives one blob of a value; empty where it has no such.</summary>
    public static byte[] BlobOf(SeriesInfo info, in ValueView value, int index)
    {
        switch (value.Kind)
        {
            case PayloadKind.Blob when index == 0:
                return value.Payload.ToArray();
            case PayloadKind.Audio when index == 0:
                return FieldOf(value.Payload, EncodedAudio);
            case PayloadKind.Image:
                // As new images come: width, height, then the picture.
                return index switch
                {
                    0 => NumberOf(value.Payload, ImageWidth),
                    1 => NumberOf(value.Payload, ImageHeight),
                    _ => FieldOf(value.Payload, EncodedImage),
                };
            case PayloadKind.Tensor when TensorView.TryRead(value.Payload, out var tensor):
                return tensor.TextAt(IsLabelled(info, tensor) ? index * 2 : index).ToArray();
            default:
                return [];
        }
    }

    private static int CountOf(SeriesInfo info, in TensorView tensor) =>
        tensor.Rank == 1 ? tensor.Texts
        : IsLabelled(info, tensor) ? tensor.Texts / 2
        : tensor.Rank == 0 && tensor.Texts == 1 && info.IsGraphPart ? 1
        : -1;

    private static bool IsLabelled(SeriesInfo info, in TensorView tensor) => info.IsAudio && tensor.Rank == 2 && tensor.LastSize == 2;

    private static bool IsHistogram(ReadOnlySpan<byte> histogram)
    {
        var (limits, buckets) = (0, 0);
        var reader = new ProtoReader(histogram);
        while (reader.Next())
        {
            var count = reader.Kind == WireKind.Bytes ? reader.Bytes.Length / sizeof(double) : 1;
            limits += reader.Field == BucketLimits ? count : 0;
            buckets += reader.Field == Buckets ? count : 0;
        }

        return limits == buckets && !reader.IsMalformed;
    }

    private static byte[] NumberOf(ReadOnlySpan<byte> message, int field)
    {
        var number = 0;
        var reader = new ProtoReader(message);
        while (reader.Next())
        {
            number = reader.Field == field && reader.Kind == WireKind.Varint ? (int)reader.Number : number;
        }

        return Encoding.UTF8.GetBytes(number.ToString(CultureInfo.InvariantCulture));
    }

    private static byte[] FieldOf(ReadOnlySpan<byte> message, int field)
    {
        ReadOnlySpan<byte> found = default;
        var reader = new ProtoReader(message);
        while (reader.Next())
        {
            if (reader.Field == field && reader.Kind == WireKind.Bytes)
            {
                found = reader.Bytes;
            }
        }

        return found.ToArray();
    }
}
