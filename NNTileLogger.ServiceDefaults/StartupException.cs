namespace NNTileLogger.ServiceDefaults;

/// <summary>
/// The service cannot start as it was told to. The message is for a person: what is wrong, with the value, and what to
/// do; it is printed alone, and the program ends with exit code 1.
/// </summary>
/// <param name="message">One line for each thing that is wrong.</param>
public sealed class StartupException(string message) : Exception(message);
