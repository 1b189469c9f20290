using System.Text.Json.Serialization;

namespace NNTileLogger.Ingest.Live;

/// <summary>One of <c>/api/sessions</c>.</summary>
/// <param name="Id">The name of its directory.</param>
/// <param name="Peer">The client's address.</param>
/// <param name="Start">When its first message came.</param>
/// <param name="LastMessage">When its last message came.</param>
/// <param name="End">When its connection ended; null while it is open.</param>
/// <param name="State">How it is doing.</param>
/// <param name="Points">Points taken in.</param>
internal sealed record SessionAnswer(
    string Id, string Peer, DateTime Start, DateTime LastMessage, DateTime? End, SessionState State, long Points);

/// <summary>One of <c>/api/sessions/{id}/series</c>.</summary>
/// <param name="Run">The run's name.</param>
/// <param name="Tag">The tag.</param>
/// <param name="Kind">What it measures.</param>
/// <param name="Last">The newest point.</param>
/// <param name="Count">Points taken in.</param>
internal sealed record SeriesAnswer(string Run, string Tag, [property: JsonConverter(typeof(LowerCaseEnum<Series.SeriesKind>))] Series.SeriesKind Kind, PointAnswer Last, long Count);

/// <summary>A point.</summary>
/// <param name="Step">Its number within the series.</param>
/// <param name="Time">When it came.</param>
/// <param name="Value">The value.</param>
internal readonly record struct PointAnswer(long Step, DateTime Time, float Value);

/// <summary>The answer of <c>/api/server</c>: what there is beside the page.</summary>
/// <param name="Port">The TCP port where clients connect.</param>
/// <param name="TensorBoard">Where TensorBoard is: an address, or a path beside this one; null where nobody has said.</param>
/// <param name="Dropped">Points of all sessions that were given up since the start.</param>
internal sealed record ServerAnswer(int Port, string? TensorBoard, DroppedAnswer Dropped);

/// <summary>Points given up, by reason.</summary>
/// <param name="NotWritable">They could not be written, and exceeded the buffer.</param>
/// <param name="TooManySeries">Their session has too many series.</param>
internal readonly record struct DroppedAnswer(long NotWritable, long TooManySeries);

/// <summary>What is wrong with a request, in words.</summary>
/// <param name="Error">The words.</param>
internal sealed record ErrorAnswer(string Error);

/// <summary>JSON of the API, generated so that nothing is found by reflection. What is no number in JSON is a string.</summary>
[JsonSerializable(typeof(List<SessionAnswer>))]
[JsonSerializable(typeof(List<SeriesAnswer>))]
[JsonSerializable(typeof(List<PointAnswer>))]
[JsonSerializable(typeof(IAsyncEnumerable<PointAnswer>))]
[JsonSerializable(typeof(ServerAnswer))]
[JsonSerializable(typeof(ErrorAnswer))]
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals)]
internal sealed partial class LiveJson : JsonSerializerContext;

/// <summary>JSON of an enum: its names, in lower case.</summary>
internal sealed class LowerCaseEnum<T>() : JsonStringEnumConverter<T>(System.Text.Json.JsonNamingPolicy.CamelCase)
    where T : struct, Enum;
