using Microsoft.Extensions.Logging.Console;

namespace NNTileLogger.Ingest;

/// <summary>The log as an operator reads it: a line an event, with its time, without the framework's own chatter.</summary>
internal static class PlainConsole
{
    public static ILoggingBuilder AddPlainConsole(this ILoggingBuilder logging)
    {
        logging.AddSimpleConsole(console =>
        {
            console.SingleLine = true;
            console.TimestampFormat = "yyyy-MM-dd HH:mm:ss ";
            console.ColorBehavior = LoggerColorBehavior.Disabled;
        });
        logging.AddFilter("Microsoft", LogLevel.Warning);
        logging.AddFilter("Polly", LogLevel.Warning);
        logging.AddFilter("System", LogLevel.Warning);
        // What keeps the host from starting is told in our own words.
        logging.AddFilter("Microsoft.Extensions.Hosting.Internal.Host", LogLevel.None);
        return logging;
    }
}
