using System.Globalization;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Logging.Console;

namespace NNTileLogger.ServiceDefaults;

/// <summary>The log as an operator reads it: a line an event, with its local time and how grave it is.</summary>
/// <param name="time">The clock whose local time the lines bear.</param>
public sealed class PlainConsole(TimeProvider time) : ConsoleFormatter(FormatterName)
{
    private const string FormatterName = "plain";

    /// <summary>Logs to the console in this form, without the framework's own chatter.</summary>
    /// <param name="logging">The service's logging.</param>
    public static void AddTo(ILoggingBuilder logging)
    {
        logging.AddConsole(console => console.FormatterName = FormatterName);
        logging.Services.AddSingleton<ConsoleFormatter, PlainConsole>();
        foreach (var framework in (string[])["Grpc", "Microsoft", "Polly", "System"])
        {
            logging.AddFilter(framework, LogLevel.Warning);
        }

        // A probe of /health that finds fault is no event: WriteHealth tells each change of state once.
        logging.AddFilter("Microsoft.Extensions.Diagnostics.HealthChecks", LogLevel.None);

        // What keeps the host from starting is told in our own words.
        logging.AddFilter("Microsoft.Extensions.Hosting.Internal.Host", LogLevel.None);
    }

    /// <inheritdoc/>
    public override void Write<TState>(in LogEntry<TState> logEntry, IExternalScopeProvider? scopeProvider, TextWriter textWriter)
    {
        var level = logEntry.LogLevel switch
        {
            LogLevel.Critical => "FATAL",
            LogLevel.Error => "ERROR",
            LogLevel.Warning => "WARN ",
            LogLevel.Information => "info ",
            _ => "debug",
        };
        textWriter.Write(time.GetLocalNow().ToString("yyyy-MM-dd HH:mm:ss.fff", CultureInfo.InvariantCulture));
        textWriter.Write($" {level} ");
        textWriter.WriteLine(logEntry.Formatter(logEntry.State, logEntry.Exception));
        if (logEntry.Exception is { } exception)
        {
            textWriter.WriteLine(exception);
        }
    }
}
