using System.Text;

namespace NNTileLogger.Ingest.History;

/// <summary>
/// What a series is, decided by its first value as TensorBoard's own reader decides it
/// (https://github.com/tensorflow/tensorboard/blob/2.21.0/tensorboard/data/server/data_compat.rs): metadata that names
/// a class of data rules; else old encodings mean one plugin each; else the plugin tells the class.
/// </summary>
internal sealed class SeriesInfo
{
    public const string Scalars = "scalars";
    public const string Text = "text";
    public const string HParams = "hparams";
    public const string CustomScalars = "custom_scalars";
    private const string Histograms = "histograms";
    private const string Images = "images";
    private const string Audio = "audio";

    /// <summary>The tag of a run's graph.</summary>
    public static ReadOnlySpan<byte> GraphTag => "__run_graph__"u8;

    /// <summary>Every series of ours, and of everybody who writes plain numbers.</summary>
    public static readonly SeriesInfo Scalar = new(SeriesClass.Scalar, Scalars, [], []);

    private const int PluginField = 1;
    private const int ClassField = 4;
    private const int PluginNameField = 1;

    private static readonly string[] _graphParts = ["graph_run_metadata", "graph_run_metadata_graph", "graph_keras_model"];
    private static readonly string[] _tensors = [Histograms, Text, HParams, "pr_curves", "mesh", CustomScalars];
    private static readonly string[] _blobs = [Images, Audio, .. _graphParts];

    private static readonly SeriesInfo _nothing = new(SeriesClass.None, "", [], []);
    private static readonly SeriesInfo _histogram = new(SeriesClass.Tensor, Histograms, [], []);
    private static readonly SeriesInfo _graph = new(SeriesClass.Blobs, "graphs", [], []);
    private static readonly SeriesInfo _runMetadata = new(SeriesClass.Blobs, "graph_tagged_run_metadata", [], []);

    // Their plugins' data says that they were converted: a field of its own in each, set to true.
    private static readonly SeriesInfo _image = new(SeriesClass.Blobs, Images, [0x10, 1], []);
    private static readonly SeriesInfo _audio = new(SeriesClass.Blobs, Audio, [0x18, 1], []);

    private SeriesInfo(SeriesClass kind, string plugin, byte[] content, byte[] message)
    {
        Class = kind;
        Plugin = plugin;
        Content = content;
        Message = message;
    }

    public SeriesClass Class { get; }

    public string Plugin { get; }

    /// <summary>The plugin's own data, where there is no <see cref="Message"/>.</summary>
    public byte[] Content { get; }

    /// <summary>The SummaryMetadata message as the file has it; empty where the first value came without.</summary>
    public byte[] Message { get; }

    /// <summary>True where a string alone is a blob.</summary>
    public bool IsGraphPart => _graphParts.Contains(Plugin, StringComparer.Ordinal);

    /// <summary>True where every second string is a label.</summary>
    public bool IsAudio => Plugin == Audio;

    /// <summary>What a series of this service is that holds tensors.</summary>
    public static SeriesInfo OfTensors(string plugin, byte[] content) => new(SeriesClass.Tensor, plugin, content, []);

    /// <summary>What a series is whose first value this is.</summary>
    public static SeriesInfo Of(in ValueView first)
    {
        var (declared, plugin) = Read(first.Metadata);
        if (declared != SeriesClass.None)
        {
            return new SeriesInfo(Enum.IsDefined(declared) ? declared : SeriesClass.None, plugin, [], first.Metadata.ToArray());
        }

        switch (first.Kind)
        {
            case PayloadKind.Simple:
                return Scalar;
            case PayloadKind.Image:
                return _image;
            case PayloadKind.Audio:
                return _audio;
            case PayloadKind.Histogram:
                return _histogram;
            default:
                break;
        }

        var kind = plugin == Scalars ? SeriesClass.Scalar
            : _tensors.Contains(plugin, StringComparer.Ordinal) ? SeriesClass.Tensor
            : _blobs.Contains(plugin, StringComparer.Ordinal) ? SeriesClass.Blobs
            : SeriesClass.None;
        return kind == SeriesClass.None ? _nothing : new SeriesInfo(kind, plugin, [], first.Metadata.ToArray());
    }

    /// <summary>What a series is that begins with what an event holds itself.</summary>
    public static SeriesInfo Of(EventKind kind) => kind == EventKind.Graph ? _graph : _runMetadata;

    private static (SeriesClass Class, string Plugin) Read(ReadOnlySpan<byte> metadata)
    {
        var kind = SeriesClass.None;
        var plugin = "";
        var reader = new ProtoReader(metadata);
        while (reader.Next())
        {
            if (reader.Field == ClassField && reader.Kind == WireKind.Varint)
            {
                kind = (SeriesClass)reader.Number;
            }
            else if (reader.Field == PluginField && reader.Kind == WireKind.Bytes)
            {
                var data = new ProtoReader(reader.Bytes);
                while (data.Next())
                {
                    plugin = data.Field == PluginNameField && data.Kind == WireKind.Bytes ? Encoding.UTF8.GetString(data.Bytes) : plugin;
                }
            }
        }

        return (kind, plugin);
    }
}

/// <summary>How the values of a series are kept and asked for; the numbers are TensorBoard's.</summary>
internal enum SeriesClass
{
    /// <summary>Nobody can show it.</summary>
    None = 0,
    Scalar = 1,
    Tensor = 2,
    Blobs = 3,
}
