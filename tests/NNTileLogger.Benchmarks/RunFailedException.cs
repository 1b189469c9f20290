namespace NNTileLogger.Benchmarks;

/// <summary>A run that gives no result, for the reason in the message: shown without a stack trace.</summary>
internal sealed class RunFailedException(string message) : Exception(message);
