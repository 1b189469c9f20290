using System.Text.Json;
using Google.Protobuf.Reflection;
using NNTileLogger.Ingest.DataProvider.Protos;
using NNTileLogger.Ingest.DataProvider.Protos.HParams;
using NNTileLogger.Ingest.Tests.Support;
using Xunit;

namespace NNTileLogger.Ingest.Tests.DataProvider;

/// <summary>Our messages are those of the installed TensorBoard: a wrong number is misread in silence. Skipped where the lab is not there.</summary>
public sealed class DescriptorTests
{
    // Every message with its fields, every enum with its values, every call, one a line.
    private const string Dump =
        """
        import json
        from tensorboard.data.proto import data_provider_pb2
        from tensorboard.compat.proto import summary_pb2, tensor_pb2, tensor_shape_pb2, types_pb2
        from tensorboard.plugins.hparams import api_pb2, plugin_data_pb2
        from tensorboard.plugins.custom_scalar import layout_pb2
        lines = []
        def enum(e):
            lines.extend(f"{e.full_name}.{v.name}={v.number}" for v in e.values)
        def message(m):
            for f in m.fields:
                kind = f.message_type.full_name if f.message_type else f.enum_type.full_name if f.enum_type else str(f.type)
                lines.append(f"{m.full_name}.{f.name}={f.number} {kind} {'repeated' if f.is_repeated else 'single'}")
            for n in m.nested_types:
                message(n)
            for e in m.enum_types:
                enum(e)
        for module in (data_provider_pb2, summary_pb2, tensor_pb2, tensor_shape_pb2, types_pb2, api_pb2, plugin_data_pb2, layout_pb2):
            for m in module.DESCRIPTOR.message_types_by_name.values():
                message(m)
            for e in module.DESCRIPTOR.enum_types_by_name.values():
                enum(e)
        for s in data_provider_pb2.DESCRIPTOR.services_by_name.values():
            lines.extend(f"{s.full_name}.{m.name} {m.input_type.full_name} {m.output_type.full_name} {m.client_streaming} {m.server_streaming}" for m in s.methods)
        print(json.dumps(lines))
        """;

    [Fact]
    public async Task Messages_OfOurs_AreThoseOfTensorBoard()
    {
        var theirs = JsonSerializer.Deserialize<HashSet<string>>(await Lab.PythonAsync(Dump))!;
        var ours = new List<string>();
        foreach (var file in (FileDescriptor[])[DataProviderReflection.Descriptor, SummaryReflection.Descriptor, TensorReflection.Descriptor,
            TensorShapeReflection.Descriptor, TypesReflection.Descriptor, ApiReflection.Descriptor, PluginDataReflection.Descriptor, LayoutReflection.Descriptor])
        {
            Add(file.MessageTypes, ours);
            Add(file.EnumTypes, ours);
            ours.AddRange(file.Services.SelectMany(service => service.Methods).Select(call =>
                $"{call.FullName} {call.InputType.FullName} {call.OutputType.FullName} {call.IsClientStreaming} {call.IsServerStreaming}"));
        }

        Assert.True(ours.Count > 100, $"only {ours.Count} were compared");
        Assert.Empty(ours.Except(theirs, StringComparer.Ordinal));

        // Of the service itself nothing may be left out.
        Assert.Empty(theirs.Where(line => line.StartsWith("tensorboard.data.", StringComparison.Ordinal)).Except(ours, StringComparer.Ordinal));
    }

    private static void Add(IEnumerable<MessageDescriptor> messages, List<string> into)
    {
        foreach (var message in messages)
        {
            into.AddRange(message.Fields.InDeclarationOrder().Select(field =>
                $"{message.FullName}.{field.Name}={field.FieldNumber} {KindOf(field)} {(field.IsRepeated ? "repeated" : "single")}"));
            Add(message.NestedTypes, into);
            Add(message.EnumTypes, into);
        }
    }

    private static void Add(IEnumerable<EnumDescriptor> enums, List<string> into) =>
        into.AddRange(enums.SelectMany(known => known.Values.Select(value => $"{known.FullName}.{value.Name}={value.Number}")));

    private static string KindOf(FieldDescriptor field) => field.FieldType switch
    {
        FieldType.Message => field.MessageType.FullName,
        FieldType.Enum => field.EnumType.FullName,
        _ => $"{(int)field.ToProto().Type}",
    };
}
