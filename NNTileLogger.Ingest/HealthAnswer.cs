using System.Text.Json.Serialization;

namespace NNTileLogger.Ingest;

/// <summary>The body of <c>/health</c>.</summary>
/// <param name="Status">Healthy, Degraded or Unhealthy.</param>
/// <param name="Reasons">What is wrong, in words.</param>
internal sealed record HealthAnswer(string Status, string[] Reasons);

/// <summary>JSON of <c>/health</c>, generated so that nothing is found by reflection.</summary>
[JsonSerializable(typeof(HealthAnswer))]
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
internal sealed partial class HealthJson : JsonSerializerContext;
